//! The files of the page, by name.

macro_rules! files {
    ($($name:literal: $kind:literal,)*) => {
        /// Returns the content type and the text of a file of the page.
        pub(super) fn asset(name: &str) -> Option<(&'static str, &'static str)> {
            match name {
                $($name => Some(($kind, include_str!(concat!("assets/", $name)))),)*
                _ => None,
            }
        }

        #[cfg(test)]
        const NAMES: &[&str] = &[$($name),*];
    };
}

files! {
    "approval.js": "text/javascript",
    "bar.js": "text/javascript",
    "base.css": "text/css",
    "checks.js": "text/javascript",
    "dialogs.js": "text/javascript",
    "difference.js": "text/javascript",
    "documents.js": "text/javascript",
    "dom.js": "text/javascript",
    "inspect.js": "text/javascript",
    "keys.js": "text/javascript",
    "layout.css": "text/css",
    "main.js": "text/javascript",
    "marks.js": "text/javascript",
    "menu.js": "text/javascript",
    "overlay.js": "text/javascript",
    "pane.js": "text/javascript",
    "panels.css": "text/css",
    "places.js": "text/javascript",
    "print.css": "text/css",
    "print.js": "text/javascript",
    "readers.js": "text/javascript",
    "rows.js": "text/javascript",
    "second.js": "text/javascript",
    "server.js": "text/javascript",
    "sidebar.js": "text/javascript",
    "state.js": "text/javascript",
    "test.js": "text/javascript",
    "theme.js": "text/javascript",
    "views.css": "text/css",
    "views.js": "text/javascript",
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    #[test]
    fn every_file_of_the_folder_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/preview/assets");
        let mut found: Vec<String> = fs::read_dir(folder)
            .expect("the folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
            .filter(|name| name != "preview.html")
            .collect();
        found.sort();
        assert_eq!(found, NAMES);
    }

    #[test]
    fn the_page_names_only_files_that_are_served() {
        let html = include_str!("assets/preview.html");
        for name in html.split("\"/assets/").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(asset(name).is_some(), "{name}");
        }
        for name in NAMES {
            let (_, text) = asset(name).expect("a file");
            for import in text.split("from \"./").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(asset(import).is_some(), "{name} imports {import}");
            }
        }
    }
}
