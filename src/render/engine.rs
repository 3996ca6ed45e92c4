//! The one place that names the MJML engine for a digest.

use crate::domain::problem::{Place, Problem, Problems};
use mrml::prelude::render::RenderOptions;
use std::{collections::HashMap, panic::catch_unwind};

/// Compiles MJML to HTML; `path` is how a person knows the source.
pub(crate) fn compile(path: &str, mjml: &str) -> Result<String, Problems> {
    let refused = |message: String| {
        Problems::from(
            Problem::error(
                "template/mjml",
                format!("the MJML that the template wrote is refused: {message}"),
            )
            .at(Place::file(path))
            .help("check that its tags are MJML and that every one is closed"),
        )
    };
    let result = catch_unwind(|| {
        let parsed = mrml::parse(mjml).map_err(|error| error.to_string())?;
        // No fonts: the engine's defaults would fetch from a third party in every reader's mail.
        let options = RenderOptions { fonts: HashMap::new(), ..RenderOptions::default() };
        parsed.element.render(&options).map_err(|error| error.to_string())
    });
    match result {
        Ok(Ok(html)) => Ok(html),
        Ok(Err(message)) => Err(refused(message)),
        Err(_) => Err(refused("its parser gave up".to_owned())),
    }
}
