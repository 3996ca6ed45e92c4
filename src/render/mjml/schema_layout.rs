//! What npm `mjml` 5.4 knows about each component, as facts: generated from its tables, kept by hand.
//!
//! Types: `text`, `color`, `boolean`, `integer`, `enum(a,b)`, `unit(px,%)` one length, `units(px,%)` one to
//! four lengths, `signed(px,em)` a length that may be negative. Defaults are parted by `|`.

use super::schema::Row;

/// The page, its head and its layout.
pub(super) const LAYOUT: &[Row] = &[
    Row {
        name: "mjml",
        ending: false,
        children: "mj-body mj-head mj-raw",
        attributes: "owa=enum(mobile,desktop) lang=text dir=text",
        defaults: "",
    },
    Row {
        name: "mj-selector",
        ending: false,
        children: "mj-html-attribute",
        attributes: "path=text",
        defaults: "",
    },
    Row { name: "mj-html-attribute", ending: false, children: "", attributes: "name=text", defaults: "" },
    Row { name: "mj-all", ending: false, children: "", attributes: "", defaults: "" },
    Row { name: "mj-class", ending: false, children: "", attributes: "name=text", defaults: "" },
    Row {
        name: "mj-body",
        ending: false,
        children: "mj-raw mj-section mj-wrapper mj-hero",
        attributes: "width=unit(px) background-color=color id=text",
        defaults: "width=600px",
    },
    Row {
        name: "mj-head",
        ending: false,
        children: "mj-attributes mj-breakpoint mj-html-attributes mj-font mj-preview mj-style mj-title \
            mj-raw",
        attributes: "",
        defaults: "",
    },
    Row { name: "mj-attributes", ending: false, children: "", attributes: "", defaults: "" },
    Row { name: "mj-breakpoint", ending: true, children: "", attributes: "width=unit(px)", defaults: "" },
    Row { name: "mj-html-attributes", ending: false, children: "mj-selector", attributes: "", defaults: "" },
    Row { name: "mj-font", ending: false, children: "", attributes: "name=text href=text", defaults: "" },
    Row { name: "mj-preview", ending: true, children: "", attributes: "", defaults: "" },
    Row { name: "mj-style", ending: true, children: "", attributes: "inline=text", defaults: "" },
    Row { name: "mj-title", ending: true, children: "", attributes: "", defaults: "" },
    Row {
        name: "mj-hero",
        ending: false,
        children: "mj-accordion mj-button mj-carousel mj-divider mj-image mj-social mj-spacer mj-table \
            mj-text mj-navbar mj-raw",
        attributes: "mode=text height=unit(px,%) background-url=text background-width=unit(px,%) \
            background-height=unit(px,%) background-position=text border-radius=text \
            inner-background-color=color inner-padding=units(px,%) inner-padding-top=unit(px,%) \
            inner-padding-left=unit(px,%) inner-padding-right=unit(px,%) \
            inner-padding-bottom=unit(px,%) padding=units(px,%) padding-bottom=unit(px,%) \
            padding-left=unit(px,%) padding-right=unit(px,%) padding-top=unit(px,%) \
            background-color=color vertical-align=enum(top,bottom,middle)",
        defaults: "mode=fixed-height| height=0px| background-position=center center| padding=0px| \
            background-color=#ffffff| vertical-align=top",
    },
    Row {
        name: "mj-column",
        ending: false,
        children: "mj-accordion mj-button mj-carousel mj-divider mj-image mj-raw mj-social mj-spacer \
            mj-table mj-text mj-navbar",
        attributes: "background-color=color border=text border-bottom=text border-left=text \
            border-radius=text border-right=text border-top=text direction=enum(ltr,rtl) \
            inner-background-color=color padding-bottom=unit(px,%) padding-left=unit(px,%) \
            padding-right=unit(px,%) padding-top=unit(px,%) inner-border=text \
            inner-border-bottom=text inner-border-left=text inner-border-radius=text \
            inner-border-right=text inner-border-top=text padding=units(px,%) \
            vertical-align=enum(top,bottom,middle) width=unit(px,%)",
        defaults: "direction=ltr| vertical-align=top",
    },
    Row {
        name: "mj-group",
        ending: false,
        children: "mj-column mj-raw",
        attributes: "background-color=color direction=enum(ltr,rtl) \
            vertical-align=enum(top,bottom,middle) width=unit(px,%)",
        defaults: "direction=ltr",
    },
    Row { name: "mj-raw", ending: true, children: "", attributes: "position=enum(file-start)", defaults: "" },
    Row {
        name: "mj-section",
        ending: false,
        children: "mj-column mj-group mj-raw",
        attributes: "background-color=color background-url=text background-repeat=enum(repeat,no-repeat) \
            background-size=text background-position=text background-position-x=text \
            background-position-y=text border=text border-bottom=text border-left=text \
            border-radius=text border-right=text border-top=text direction=enum(ltr,rtl) \
            full-width=enum(full-width,false,) gutter=unit(px,%) padding=units(px,%) \
            padding-top=unit(px,%) padding-bottom=unit(px,%) padding-left=unit(px,%) \
            padding-right=unit(px,%) text-align=enum(left,center,right) text-padding=units(px,%)",
        defaults: "background-repeat=repeat| background-size=auto| background-position=top center| \
            direction=ltr| padding=20px 0| text-align=center| text-padding=4px 4px 4px 0",
    },
    Row {
        name: "mj-wrapper",
        ending: false,
        children: "mj-hero mj-raw mj-section",
        attributes: "background-color=color background-url=text background-repeat=enum(repeat,no-repeat) \
            background-size=text background-position=text background-position-x=text \
            background-position-y=text border=text border-bottom=text border-left=text \
            border-radius=text border-right=text border-top=text direction=enum(ltr,rtl) \
            full-width=enum(full-width,false,) gutter=unit(px,%) padding=units(px,%) \
            padding-top=unit(px,%) padding-bottom=unit(px,%) padding-left=unit(px,%) \
            padding-right=unit(px,%) text-align=enum(left,center,right) text-padding=units(px,%) \
            gap=unit(px)",
        defaults: "background-repeat=repeat| background-size=auto| background-position=top center| \
            direction=ltr| padding=20px 0| text-align=center| text-padding=4px 4px 4px 0",
    },
];
