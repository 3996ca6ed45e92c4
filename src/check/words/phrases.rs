//! S001 and S002: phrases of spam and greetings for anybody. The lists are short on purpose: every entry is a
//! phrase that an honest newsletter hardly needs.

use crate::check::{
    CheckInput,
    message::Message,
    report::{Report, Spot},
    script,
};

/// Phrases in lower case, by language. Those of English are looked for everywhere.
const PHRASES: [(&str, &[&str]); 6] = [
    (
        "en",
        &[
            "act now",
            "this is not spam",
            "100% free",
            "risk free",
            "risk-free",
            "you have been selected",
            "you have won",
            "you are a winner",
            "claim your prize",
            "make money fast",
            "earn extra cash",
            "double your income",
            "work from home and earn",
            "no credit check",
            "lowest price ever",
            "once in a lifetime",
            "limited time only",
            "offer expires today",
            "click below to win",
            "miracle cure",
            "lose weight fast",
            "as seen on tv",
            "guaranteed income",
            "no obligation whatsoever",
            "dear beneficiary",
            "inheritance fund",
        ],
    ),
    (
        "fr",
        &[
            "agissez maintenant",
            "ceci n'est pas un spam",
            "100 % gratuit",
            "100% gratuit",
            "sans aucun risque",
            "vous avez été sélectionné",
            "vous avez gagné",
            "argent facile",
            "gagnez de l'argent",
            "offre à durée limitée",
            "remède miracle",
            "perdez du poids",
        ],
    ),
    (
        "es",
        &[
            "actúe ahora",
            "actúa ya",
            "esto no es spam",
            "100 % gratis",
            "100% gratis",
            "sin ningún riesgo",
            "ha sido seleccionado",
            "usted ha ganado",
            "has ganado un",
            "dinero fácil",
            "gane dinero",
            "oferta por tiempo limitado",
            "cura milagrosa",
            "baje de peso",
        ],
    ),
    (
        "ru",
        &[
            "действуйте сейчас",
            "это не спам",
            "абсолютно бесплатно",
            "совершенно бесплатно",
            "без всякого риска",
            "вы выиграли",
            "вы были выбраны",
            "легкие деньги",
            "лёгкие деньги",
            "быстрый заработок",
            "только сегодня скидка",
            "чудо-средство",
        ],
    ),
    (
        "ar",
        &[
            "تصرف الآن",
            "هذه ليست رسالة مزعجة",
            "مجاناً 100%",
            "مجاني 100%",
            "بدون أي مخاطرة",
            "لقد ربحت",
            "لقد فزت",
            "تم اختيارك للفوز",
            "اربح المال",
            "أرباح مضمونة",
            "عرض لفترة محدودة",
            "علاج سحري",
        ],
    ),
    (
        "zh",
        &[
            "立即行动",
            "这不是垃圾邮件",
            "完全免费",
            "百分百免费",
            "恭喜您中奖",
            "您已中奖",
            "快速赚钱",
            "轻松赚钱",
            "零风险",
            "限时抢购",
            "代开发票",
            "特效药",
        ],
    ),
];

/// Greetings for anybody, in lower case.
const GREETINGS: [(&str, &[&str]); 6] = [
    (
        "en",
        &[
            "dear friend",
            "dear friends",
            "dear sir",
            "dear madam",
            "dear sirs",
            "dear customer",
            "dear valued customer",
            "dear client",
            "dear user",
            "dear subscriber",
            "dear account holder",
        ],
    ),
    (
        "fr",
        &[
            "cher ami",
            "chers amis",
            "cher client",
            "chère cliente",
            "cher utilisateur",
            "cher abonné",
            "cher internaute",
        ],
    ),
    (
        "es",
        &[
            "querido amigo",
            "estimado amigo",
            "estimado cliente",
            "querido cliente",
            "estimado usuario",
            "estimado suscriptor",
        ],
    ),
    (
        "ru",
        &[
            "дорогой друг",
            "дорогие друзья",
            "уважаемый клиент",
            "уважаемый пользователь",
            "уважаемый подписчик",
            "уважаемый абонент",
        ],
    ),
    ("ar", &["صديقي العزيز", "عزيزي العميل", "عزيزي المستخدم", "عزيزي المشترك", "عزيزي الصديق"]),
    ("zh", &["亲爱的朋友", "亲爱的客户", "尊敬的客户", "亲爱的用户", "尊敬的用户", "尊敬的订阅者"]),
];

pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let language = input.digest.language.primary();
    let subject = plain(&message.subject);
    let page = plain(&message.page.visible);
    for (rule, lists, what) in [("S001", &PHRASES, "says"), ("S002", &GREETINGS, "greets with")] {
        let lists = lists.iter().filter(|(known, _)| *known == language || *known == "en");
        for phrase in lists.flat_map(|(_, phrases)| *phrases) {
            if holds(&subject, phrase) {
                let spot = Spot::Written(Some(input.edition.subject.place.clone()));
                report.note(rule, spot, format!("the subject {what} `{phrase}`"));
            }
            if holds(&page, phrase) {
                report.note(rule, shown_at(phrase, message), format!("the message {what} `{phrase}`"));
            }
        }
    }
}

/// Returns a text in lower case, with straight apostrophes and ordinary spaces.
fn plain(text: &str) -> String {
    let straight = text.chars().map(|c| match c {
        '\u{2019}' => '\'',
        '\u{a0}' | '\u{202f}' => ' ',
        other => other,
    });
    straight.flat_map(char::to_lowercase).collect()
}

/// Returns whether a phrase stands in a text, and not as a part of longer words.
fn holds(text: &str, phrase: &str) -> bool {
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !script::is_dense(c));
    let is_dense = phrase.chars().any(script::is_dense);
    text.match_indices(phrase).any(|(at, _)| {
        is_dense
            || !(joins(text[..at].chars().next_back()) || joins(text[at + phrase.len()..].chars().next()))
    })
}

/// Returns the element that shows a phrase, if one alone does.
fn shown_at(phrase: &str, message: &Message<'_>) -> Spot {
    let is_seen = |parent: &usize| message.style().computed(*parent).is_visible;
    let mut runs = message.document.runs.iter().filter(|run| !run.is_raw && !run.is_conditional);
    let found = runs.find_map(|run| {
        let words = run.text.split_whitespace().collect::<Vec<_>>().join(" ");
        run.parent.filter(is_seen).filter(|_| holds(&plain(&words), phrase))
    });
    found.map_or(Spot::Message, Spot::Element)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_whole_words_whatever_the_apostrophe() {
        assert!(holds(&plain("Please ACT now!"), "act now"));
        assert!(holds(&plain("Ceci n’est pas un spam"), "ceci n'est pas un spam"));
        assert!(holds(&plain("本产品完全免费提供"), "完全免费"));
        assert!(!holds(&plain("They react nowhere"), "act now"));
        assert!(!holds(&plain("Dear Siri"), "dear sir"));
    }
}
