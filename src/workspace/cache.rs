//! What was parsed of files that are read again and again: a folder of thousands of news items is looked at after
//! every save, and all but one of them are as they were.

use crate::content::item_file::ItemTranslation;
use crate::content::source::{SourceText, TEXT_BYTES_MAX, too_large};
use crate::domain::issue::Issue;
use crate::domain::item::NewsItem;
use crate::domain::language::Language;
use crate::domain::problem::{Problem, Problems};
use crate::workspace::read;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::fs::{self, Metadata};
use std::hash::{Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Seconds without a change after which a file counts as at rest.
const REST_SECONDS: i64 = 3;

/// Parsed files of one workspace. Files that have gone are forgotten at the next load.
#[derive(Debug, Default)]
pub struct FileCache {
    pub(super) items: Shelf<NewsItem>,
    pub(super) translations: Shelf<ItemTranslation>,
    pub(super) issues: Shelf<Issue>,
}

impl FileCache {
    /// A load begins.
    pub(super) fn begin(&mut self, now: DateTime<Utc>) {
        self.items.begin(now);
        self.translations.begin(now);
        self.issues.begin(now);
    }

    /// A load is over: what it didn't ask for is gone.
    pub(super) fn end(&mut self) {
        self.items.forget_the_unused();
        self.translations.forget_the_unused();
        self.issues.forget_the_unused();
    }
}

/// What the system says of a file without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Returns whether the file was at rest at `now`: a save after that shows in its stamp. The clocks of file systems
    /// tick in milliseconds, some in seconds; two saves within a tick leave the same stamp.
    fn is_at_rest(self, now: DateTime<Utc>) -> bool {
        let last = self.changed.0.max(self.modified.0);
        last < now.timestamp() - REST_SECONDS
    }
}

/// A file as it was parsed.
#[derive(Clone, Debug)]
struct Parsed<T> {
    stamp: Stamp,
    content: u64,
    language: Language,
    /// Whether it was at rest when it was read, so that the stamp alone tells whether it is the same.
    is_at_rest: bool,
    turn: u64,
    value: Option<T>,
    problems: Problems,
}

/// Files of one kind, by path.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    turn: u64,
    now: DateTime<Utc>,
    files: HashMap<String, Parsed<T>>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { turn: 0, now: DateTime::UNIX_EPOCH, files: HashMap::new() }
    }
}

impl<T: Clone> Shelf<T> {
    fn begin(&mut self, now: DateTime<Utc>) {
        self.turn += 1;
        self.now = now;
    }

    /// Returns what a file says and what is wrong with it.
    ///
    /// # Errors
    /// When it can't be read.
    pub(super) fn take(
        &mut self,
        root: &Path,
        path: &str,
        language: &Language,
        parse: impl FnOnce(&SourceText) -> (Option<T>, Problems),
    ) -> Result<(Option<T>, Problems), Problem> {
        let turn = self.turn;
        // Looked at before it is read: whatever is written in between shows in the next stamp.
        let stamp = fs::metadata(root.join(path)).ok().map(|metadata| Stamp::of(&metadata));
        let known = self
            .files
            .get_mut(path)
            .filter(|known| Some(known.stamp) == stamp && known.language == *language);
        if let Some(known) = known {
            known.turn = turn;
            if known.is_at_rest {
                return Ok((known.value.clone(), known.problems.clone()));
            }
        }
        let bytes = read::bytes(root, path, TEXT_BYTES_MAX as u64, too_large)?;
        let content = hash(&bytes);
        let known =
            self.files.get_mut(path).filter(|known| known.content == content && known.language == *language);
        if let (Some(known), Some(stamp)) = (known, stamp) {
            (known.stamp, known.turn, known.is_at_rest) = (stamp, turn, stamp.is_at_rest(self.now));
            return Ok((known.value.clone(), known.problems.clone()));
        }
        let (value, problems) = parse(&SourceText::decode(path, &bytes)?);
        if let Some(stamp) = stamp {
            let language = language.clone();
            let (value, problems) = (value.clone(), problems.clone());
            let is_at_rest = stamp.is_at_rest(self.now);
            let parsed = Parsed { stamp, content, language, is_at_rest, turn, value, problems };
            self.files.insert(path.to_owned(), parsed);
        }
        Ok((value, problems))
    }

    fn forget_the_unused(&mut self) {
        let turn = self.turn;
        self.files.retain(|_, known| known.turn == turn);
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Takes a file at a moment and returns its text, and whether it was parsed for that.
    fn take(shelf: &mut Shelf<String>, root: &Path, now: DateTime<Utc>) -> (Option<String>, bool) {
        let parsed = Cell::new(false);
        let language = Language::parse("en").unwrap();
        shelf.begin(now);
        let taken = shelf.take(root, "a.md", &language, |source| {
            parsed.set(true);
            (Some(source.text().to_owned()), Problems::default())
        });
        shelf.forget_the_unused();
        (taken.ok().and_then(|(value, _)| value), parsed.get())
    }

    #[test]
    fn a_file_is_parsed_again_only_when_it_says_something_else() {
        let folder = tempfile::tempdir().unwrap();
        let (file, root) = (folder.path().join("a.md"), folder.path());
        let mut shelf = Shelf::default();
        // Every file is younger than the clock's 1970: none is at rest, and its content decides.
        let early = DateTime::UNIX_EPOCH;
        for (written, is_new) in [("one", true), ("one", false), ("two", true), ("one", true), ("one", false)]
        {
            fs::write(&file, written).unwrap();
            assert_eq!(take(&mut shelf, root, early), (Some(written.to_owned()), is_new));
        }
        fs::remove_file(&file).unwrap();
        assert_eq!(take(&mut shelf, root, early), (None, false));
        assert!(shelf.files.is_empty());
    }

    #[test]
    fn a_file_at_rest_is_not_opened_until_its_stamp_moves() {
        let folder = tempfile::tempdir().unwrap();
        let (file, root) = (folder.path().join("a.md"), folder.path());
        let mut shelf = Shelf::default();
        let late = DateTime::<Utc>::MAX_UTC;
        fs::write(&file, "one").unwrap();
        assert_eq!(take(&mut shelf, root, late), (Some("one".to_owned()), true));
        shelf.files.get_mut("a.md").unwrap().content = 0;
        assert_eq!(take(&mut shelf, root, late), (Some("one".to_owned()), false));
        fs::write(&file, "longer").unwrap();
        assert_eq!(take(&mut shelf, root, late), (Some("longer".to_owned()), true));
    }
}
