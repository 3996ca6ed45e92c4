//! C: style sheets and what mail clients make of them.

mod hidden;
mod layout;
mod rules;
pub(super) mod scene;
mod support;
mod syntax;

use crate::check::{CheckInput, message::Message, report::Report, style::scene::Scene};

pub(super) use rules::RULES;

/// Looks for all of them in one reader's message.
pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let scene = Scene::read(message);
    support::judge(input, &scene, report);
    layout::modern_layout(&scene, report);
    syntax::fonts(message, &scene, report);
    syntax::loaded(&scene, report);
    layout::modern_values(&scene, report);
    syntax::modern_colours(&scene, report);
    syntax::important(&scene, report);
    syntax::colours(&scene, report);
    layout::spacing(&scene, report);
    layout::widths(&scene, report);
    layout::phones(&scene, report);
    layout::resolution(&scene, report);
    hidden::judge(&scene, report);
    syntax::comments(&scene, report);
    layout::line_heights(&scene, report);
}
