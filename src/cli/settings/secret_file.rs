//! Puts a new secret in the place of an old one, in its file.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Replaces the secret in a file: whoever reads it finds the old one or the new one, and nobody else can read it.
///
/// A link stays and what it leads to is replaced.
///
/// # Errors
/// When the folder can't be written to; the old secret is still there then.
pub(super) fn replace(path: &Path, secret: &str) -> io::Result<()> {
    let path = path.canonicalize()?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unseen = folder.join(format!(".{name}.{}.new", std::process::id()));
    let put = || {
        // What a killed run of the same number left would keep its mode.
        drop(fs::remove_file(&unseen));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unseen)?;
        file.write_all(secret.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&unseen, &path)?;
        File::open(folder)?.sync_all()
    };
    put().inspect_err(|_| drop(fs::remove_file(&unseen)))
}

#[cfg(test)]
mod tests {
    use super::replace;
    use std::{
        fs,
        os::unix::fs::{PermissionsExt, symlink},
    };

    #[test]
    fn the_file_behind_a_link_is_replaced_and_nobody_else_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("kept"), folder.path().join("link"));
        fs::write(&file, "old\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        symlink(&file, &link).unwrap();
        replace(&link, "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new\n");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(link.symlink_metadata().unwrap().is_symlink());
        let names = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(names, 2, "nothing lies about");
    }

    #[test]
    fn a_file_that_is_not_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        assert!(replace(&folder.path().join("missing"), "new").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
