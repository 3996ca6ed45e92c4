//! What the rules of this family are for.

use crate::check::rules::{Rule, error, info, warning};

/// The rules of this family.
pub(in crate::check) const RULES: &[Rule] = &[
    warning(
        "C001",
        "check/client-support",
        "mail clients of many readers do not support something",
        "Each feature is weighed by the readers whose client lacks it wholly, as the tables of caniemail have it: from 5 % on it is \
         named, from 20 % on it is a warning. Enhancements by nature (rounded corners, shadows, how underlines and lines of text \
         fall, movement, and all that stands in media queries, dark mode too) are only listed, in one finding: without them \
         the message is plainer and nothing is lost. What other rules judge more closely is left to them.",
        "do without it, or make sure that the message reads well where it is missing; say in `checks.clients` of masthead.yaml \
         what your readers use",
    ),
    warning(
        "C002",
        "check/modern-layout",
        "flexbox, grid or position carry the layout",
        "Outlook for Windows knows none of them and Gmail no `position`: what stood side by side ends up in a heap.",
        "arrange with tables, or give Outlook a table of its own: `<!--[if mso]><table>…<![endif]-->`",
    ),
    warning(
        "C003",
        "check/web-font",
        "a web font has nothing to fall back on",
        "Most clients fetch no fonts, and Outlook for Windows sets text in Times New Roman when the first font is one of these.",
        "end the list with fonts that every machine has, and name one for Outlook with `mso-font-alt` or in a style sheet \
         between `<!--[if mso]>` and `<![endif]-->`",
    ),
    warning(
        "C004",
        "check/fetched-style",
        "a style sheet is to be fetched",
        "Gmail and Outlook on the web throw the line away, and whoever serves the sheet learns who reads the message.",
        "write the rules into the template, with `<mj-style>`",
    ),
    warning(
        "C005",
        "check/modern-value",
        "CSS that only a few clients know",
        "Variables, `light-dark()`, nested rules and properties that follow the writing direction work in Apple Mail and \
         hardly anywhere else.",
        "write plain values: theme tokens are filled in before the message is made, and left and right are exchanged for \
         right-to-left languages",
    ),
    error(
        "C006",
        "check/modern-colour",
        "a colour is written with spaces",
        "For one `rgb(0 128 0)` Gmail throws away the whole style of the element, or the whole style sheet.",
        "write six digits: `#008000`",
    ),
    warning(
        "C007",
        "check/important",
        "`!important` is written so that it does not hold",
        "Gmail wants small letters, Outlook for Windows a space before it, and none at all in style attributes.",
        "write ` !important` in a style sheet, with a space and in small letters",
    ),
    warning(
        "C008",
        "check/colour-notation",
        "a colour is written in a way that Outlook does not read",
        "Outlook for Windows knows colours of six digits and names; anything else becomes black, white or nothing.",
        "write six digits: `#ffffff` for `#fff`; work transparency out against the background",
    ),
    warning(
        "C009",
        "check/spacing",
        "spacing that Outlook or Gmail leaves out",
        "Gmail and Outlook know no negative margins; Outlook for Windows pads table cells only.",
        "give the padding to a table cell around it: `padding` of `mj-section`, `mj-column` or `mj-text`",
    ),
    warning(
        "C010",
        "check/outlook-width",
        "a width that Outlook for Windows passes over",
        "It knows no `max-width` and no width of `div` and `p`: lines run over the whole window.",
        "put it into a table with a `width`, for Outlook alone if you like: `<!--[if mso]><table width=\"600\">…<![endif]-->`; \
         `mj-section` does so by itself",
    ),
    warning(
        "C011",
        "check/phone-width",
        "the message is wider than a phone can show",
        "Phones shrink the letters until the widest thing fits, and many desktop windows have no more than 640 pixels for a message.",
        "keep `theme.width` at 600 to 640, give wide things `max-width:100%`, and keep the `viewport` in the head",
    ),
    info(
        "C012",
        "check/outlook-resolution",
        "Outlook is not told the size of a pixel",
        "On screens set to 125 % and more, classic Outlook enlarges some measures and not others.",
        "keep the block with `<o:PixelsPerInch>96</o:PixelsPerInch>` in the head; the compiler of Masthead writes it",
    ),
    warning(
        "C013",
        "check/hidden-shows",
        "something hidden will be seen",
        "Outlook for Windows shows tables and images inside of what is hidden, and some Gmail accounts all of it.",
        "leave it out; where it must stay, add `mso-hide:all` to it and to all in it",
    ),
    warning(
        "C014",
        "check/hidden-text",
        "text is hidden from readers",
        "Filters take hidden text for a trick, and Gmail warns of it. One short preheader is customary; filling it up no longer helps.",
        "keep one preheader of at most 150 characters, and show or remove the rest",
    ),
    warning(
        "C015",
        "check/style-comment",
        "comments or a second head spoil style sheets",
        "Some webmail drops the rule after a comment, or a style attribute with a comment in it, or the first of two heads.",
        "take CSS comments out of what is sent (a template comment `{# … #}` never is), and keep one `head`",
    ),
    info(
        "C016",
        "check/outlook-line-height",
        "line heights are not exact in Outlook",
        "Outlook for Windows takes a line height as the least it should be; boxes grow and columns no longer match.",
        "add `mso-line-height-rule:exactly`, once for `body,table,td` in a style sheet for Outlook",
    ),
];
