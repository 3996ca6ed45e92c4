//! The example newsletter inside the binary, so that the demo needs nothing but itself.

use crate::domain::problem::{Problem, Problems};
use rust_embed::RustEmbed;
use std::{fs, path::Path};

/// The example's folder.
#[derive(RustEmbed)]
#[folder = "newsletters/starsom/"]
struct Starsom;

/// The example's settings.
const SETTINGS: &str = include_str!("../../masthead.yaml");

/// The example's subscribers, with every interesting kind of row.
pub const SUBSCRIBERS: &str = include_str!("../../subscribers.example.csv");

/// The example's newsletter.
pub const NEWSLETTER: &str = "starsom";

/// Returns whether a workspace holds the example.
pub fn is_in(root: &Path) -> bool {
    root.join("newsletters").join(NEWSLETTER).join("newsletter.yaml").is_file()
}

/// Writes the example into an empty folder.
///
/// # Errors
/// When a file can't be written.
pub fn unpack(root: &Path) -> Result<(), Problems> {
    let refused = |error: std::io::Error| {
        Problem::error("workspace/not-writable", format!("the example can't be unpacked: {error}"))
            .help("make room in the folder for temporary files, or choose another with TMPDIR")
    };
    fs::write(root.join("masthead.yaml"), SETTINGS).map_err(refused)?;
    for name in Starsom::iter() {
        let Some(file) = Starsom::get(&name) else { continue };
        let path = root.join("newsletters").join(NEWSLETTER).join(name.as_ref());
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(refused)?;
        }
        fs::write(path, file.data).map_err(refused)?;
    }
    Ok(())
}
