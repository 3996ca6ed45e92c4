//! The one place where a digest meets the MJML stage.

use crate::{
    domain::problem::Problems,
    render::{
        mjml::{self, Marking, MjmlSource, NoIncludes},
        trace::Marks,
    },
};

/// Compiles what a template wrote. `path` is how a person knows the template: the lines of problems
/// are those of the MJML it wrote, which they quote.
pub(crate) fn compile(path: &str, mjml: &str) -> Result<String, Problems> {
    let path = format!("{path} (as rendered)");
    // Templates are put together by Tera; an `mj-include` would have nothing to include.
    let source = MjmlSource { path: &path, text: mjml, includes: &NoIncludes };
    Ok(mjml::compile(&source)?.html)
}

/// Compiles what a marked template wrote; its marks come out on the elements that its tags became.
pub(crate) fn compile_marked(mjml: &str, marks: &Marks) -> Option<String> {
    let source = MjmlSource { path: "", text: mjml, includes: &NoIncludes };
    let attribute = marks.attribute();
    mjml::compile_marked(&source, &Marking { attribute: &attribute, prefix: marks.prefix() }).ok()
}
