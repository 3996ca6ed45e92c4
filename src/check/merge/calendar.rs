//! Names of days and months, and words that announce something, by language.

/// How one language writes dates.
pub(super) struct Calendar {
    /// Monday first.
    weekdays: [&'static str; 7],
    /// January first. Names of two words have a `_` between them.
    months: [&'static str; 12],
    /// What may stand between the parts of a date.
    pub(super) fillers: &'static [&'static str],
    /// What says that something is still to come.
    pub(super) cues: &'static [&'static str],
    /// Whether names are written with a capital, which tells `May` from `may`.
    pub(super) has_capitals: bool,
    /// Whether `4/5` may mean the fifth of April.
    pub(super) is_month_first: bool,
}

impl Calendar {
    /// Returns the number of a weekday, 0 for Monday.
    pub(super) fn weekday(&self, word: &str) -> Option<u32> {
        position(&self.weekdays, word)
    }

    /// Returns the number of a month, 1 for January.
    pub(super) fn month(&self, word: &str) -> Option<u32> {
        position(&self.months, word).map(|month| month + 1)
    }
}

fn position(names: &[&str], word: &str) -> Option<u32> {
    let found = names.iter().position(|names| names.split(' ').any(|name| name == word))?;
    u32::try_from(found).ok()
}

/// Returns how a language writes dates; Chinese is read by `chinese`.
pub(super) fn of(language: &str) -> Option<&'static Calendar> {
    match language {
        "en" => Some(&ENGLISH),
        "fr" => Some(&FRENCH),
        "es" => Some(&SPANISH),
        "de" => Some(&GERMAN),
        "ru" => Some(&RUSSIAN),
        "ar" => Some(&ARABIC),
        _ => None,
    }
}

const ENGLISH: Calendar = Calendar {
    weekdays: [
        "monday mon",
        "tuesday tue tues",
        "wednesday wed",
        "thursday thu thurs",
        "friday fri",
        "saturday sat",
        "sunday sun",
    ],
    months: [
        "january jan",
        "february feb",
        "march mar",
        "april apr",
        "may",
        "june jun",
        "july jul",
        "august aug",
        "september sep sept",
        "october oct",
        "november nov",
        "december dec",
    ],
    fillers: &["the", "of", "on"],
    cues: &[
        "will be held",
        "will take place",
        "will meet",
        "will open",
        "join us",
        "register",
        "registration",
        "deadline",
        "apply by",
        "save the date",
        "upcoming",
        "is due",
    ],
    has_capitals: true,
    is_month_first: true,
};

const FRENCH: Calendar = Calendar {
    weekdays: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    months: [
        "janvier janv",
        "février fevrier févr",
        "mars",
        "avril avr",
        "mai",
        "juin",
        "juillet juil",
        "août aout",
        "septembre sept",
        "octobre oct",
        "novembre nov",
        "décembre decembre déc",
    ],
    fillers: &["le", "du", "au"],
    cues: &[
        "aura lieu",
        "auront lieu",
        "se tiendra",
        "se réunira",
        "se réuniront",
        "inscrivez-vous",
        "inscription",
        "date limite",
        "rejoignez-nous",
        "à venir",
    ],
    has_capitals: false,
    is_month_first: false,
};

const SPANISH: Calendar = Calendar {
    weekdays: ["lunes", "martes", "miércoles miercoles", "jueves", "viernes", "sábado sabado", "domingo"],
    months: [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre setiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    fillers: &["de", "del", "el", "día"],
    cues: &[
        "tendrá lugar",
        "tendrán lugar",
        "se celebrará",
        "se reunirá",
        "se reunirán",
        "inscríbase",
        "inscripción",
        "fecha límite",
        "plazo",
        "próximo",
    ],
    has_capitals: false,
    is_month_first: false,
};

const GERMAN: Calendar = Calendar {
    weekdays: [
        "montag mo",
        "dienstag di",
        "mittwoch mi",
        "donnerstag do",
        "freitag fr",
        "samstag sonnabend sa",
        "sonntag so",
    ],
    months: [
        "januar jänner",
        "februar feber",
        "märz",
        "april",
        "mai",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "dezember",
    ],
    fillers: &["den", "dem", "der", "am"],
    cues: &[
        "findet",
        "finden",
        "wird stattfinden",
        "anmeldung",
        "anmelden",
        "anmeldeschluss",
        "einsendeschluss",
        "kommende",
    ],
    has_capitals: true,
    is_month_first: false,
};

const RUSSIAN: Calendar = Calendar {
    weekdays: [
        "понедельник понедельника пн",
        "вторник вторника вт",
        "среда среду среды ср",
        "четверг четверга чт",
        "пятница пятницу пятницы пт",
        "суббота субботу субботы сб",
        "воскресенье воскресенья вс",
    ],
    months: [
        "января янв",
        "февраля фев",
        "марта",
        "апреля апр",
        "мая",
        "июня",
        "июля",
        "августа авг",
        "сентября сен",
        "октября окт",
        "ноября",
        "декабря дек",
    ],
    fillers: &[],
    cues: &[
        "состоится",
        "состоятся",
        "пройдет",
        "пройдёт",
        "пройдут",
        "регистрация",
        "зарегистрируйтесь",
        "срок подачи",
        "крайний срок",
        "приглашаем",
    ],
    has_capitals: false,
    is_month_first: false,
};

const ARABIC: Calendar = Calendar {
    weekdays: ["الاثنين الإثنين", "الثلاثاء", "الأربعاء الاربعاء", "الخميس", "الجمعة", "السبت", "الأحد الاحد"],
    months: [
        "يناير جانفي كانون_الثاني",
        "فبراير فيفري شباط",
        "مارس آذار",
        "أبريل إبريل ابريل أفريل نيسان",
        "مايو ماي أيار",
        "يونيو يونيه جوان حزيران",
        "يوليو يوليه جويلية تموز",
        "أغسطس اغسطس أوت آب",
        "سبتمبر شتنبر أيلول",
        "أكتوبر اكتوبر تشرين_الأول",
        "نوفمبر تشرين_الثاني",
        "ديسمبر كانون_الأول",
    ],
    fillers: &["الموافق", "من", "في", "يوم"],
    cues: &[
        "سيعقد",
        "سيُعقد",
        "ستعقد",
        "ستُعقد",
        "سيقام",
        "ستقام",
        "سيجتمع",
        "التسجيل",
        "سجلوا",
        "الموعد النهائي",
        "ندعوكم",
        "القادم",
    ],
    has_capitals: false,
    is_month_first: false,
};
