//! What npm `mjml` 5.4 knows about each component, as facts: generated from its tables, kept by hand.
//!
//! Types: `text`, `color`, `boolean`, `integer`, `enum(a,b)`, `unit(px,%)` one length, `units(px,%)` one to
//! four lengths, `signed(px,em)` a length that may be negative. Defaults are parted by `|`.

use super::schema::Row;

/// What stands in columns.
pub(super) const CONTENT: &[Row] = &[
    Row {
        name: "mj-button",
        ending: true,
        children: "",
        attributes: "align=enum(left,center,right) background-color=color border-bottom=text \
            border-left=text border-radius=text border-right=text border-top=text border=text \
            color=color container-background-color=color font-family=text font-size=unit(px) \
            font-style=text font-weight=text height=unit(px,%) href=text name=text title=text \
            inner-padding=units(px,%) letter-spacing=signed(px,em) line-height=unit(px,%,) \
            padding-bottom=unit(px,%) padding-left=unit(px,%) padding-right=unit(px,%) \
            padding-top=unit(px,%) padding=units(px,%) rel=text target=text text-decoration=text \
            text-transform=text vertical-align=enum(top,bottom,middle) \
            text-align=enum(left,right,center) width=unit(px,%)",
        defaults: "align=center| background-color=#414141| border=none| border-radius=3px| \
            color=#ffffff| font-family=Ubuntu, Helvetica, Arial, sans-serif| font-size=13px| \
            font-weight=normal| inner-padding=10px 25px| line-height=120%| padding=10px 25px| \
            target=_blank| text-decoration=none| text-transform=none| vertical-align=middle",
    },
    Row {
        name: "mj-divider",
        ending: false,
        children: "",
        attributes: "border-color=color border-style=text border-width=unit(px) \
            container-background-color=color padding=units(px,%) padding-bottom=unit(px,%) \
            padding-left=unit(px,%) padding-right=unit(px,%) padding-top=unit(px,%) \
            width=unit(px,%) align=enum(left,center,right)",
        defaults: "border-color=#000000| border-style=solid| border-width=4px| padding=10px 25px| \
            width=100%| align=center",
    },
    Row {
        name: "mj-image",
        ending: false,
        children: "",
        attributes: "alt=text href=text name=text src=text srcset=text sizes=text title=text rel=text \
            align=enum(left,center,right) border=text border-bottom=text border-left=text \
            border-right=text border-top=text border-radius=text \
            container-background-color=color fluid-on-mobile=boolean padding=units(px,%) \
            padding-bottom=unit(px,%) padding-left=unit(px,%) padding-right=unit(px,%) \
            padding-top=unit(px,%) target=text width=unit(px) height=unit(px,auto) \
            max-height=unit(px,%) font-size=unit(px) usemap=text",
        defaults: "alt=| align=center| border=0| height=auto| padding=10px 25px| target=_blank| \
            font-size=13px",
    },
    Row {
        name: "mj-spacer",
        ending: false,
        children: "",
        attributes: "border=text border-bottom=text border-left=text border-right=text border-top=text \
            container-background-color=color padding-bottom=unit(px,%) padding-left=unit(px,%) \
            padding-right=unit(px,%) padding-top=unit(px,%) padding=units(px,%) \
            height=unit(px,%)",
        defaults: "height=20px",
    },
    Row {
        name: "mj-text",
        ending: true,
        children: "",
        attributes: "align=enum(left,right,center,justify) background-color=color color=color \
            container-background-color=color font-family=text font-size=unit(px) font-style=text \
            font-weight=text height=unit(px,%) letter-spacing=signed(px,em) \
            line-height=unit(px,%,) padding-bottom=unit(px,%) padding-left=unit(px,%) \
            padding-right=unit(px,%) padding-top=unit(px,%) padding=units(px,%) \
            text-decoration=text text-transform=text vertical-align=enum(top,bottom,middle)",
        defaults: "align=left| color=#000000| font-family=Ubuntu, Helvetica, Arial, sans-serif| \
            font-size=13px| line-height=1| padding=10px 25px",
    },
    Row {
        name: "mj-table",
        ending: true,
        children: "",
        attributes: "align=enum(left,right,center) border=text cellpadding=integer cellspacing=integer \
            container-background-color=color color=color font-family=text font-size=unit(px) \
            font-weight=text line-height=unit(px,%,) padding-bottom=unit(px,%) \
            padding-left=unit(px,%) padding-right=unit(px,%) padding-top=unit(px,%) \
            padding=units(px,%) role=enum(none,presentation) \
            table-layout=enum(auto,fixed,initial,inherit) vertical-align=enum(top,bottom,middle) \
            width=unit(px,%,auto)",
        defaults: "align=left| border=none| cellpadding=0| cellspacing=0| color=#000000| \
            font-family=Ubuntu, Helvetica, Arial, sans-serif| font-size=13px| line-height=22px| \
            padding=10px 25px| table-layout=auto| width=100%",
    },
    Row {
        name: "mj-social",
        ending: false,
        children: "mj-social-element mj-raw",
        attributes: "align=enum(left,right,center) border=text border-radius=text \
            container-background-color=color color=color font-family=text font-size=unit(px) \
            font-style=text font-weight=text icon-size=unit(px,%) icon-height=unit(px,%) \
            icon-padding=units(px,%) inner-padding=units(px,%) line-height=unit(px,%,) \
            mode=enum(horizontal,vertical) padding-bottom=unit(px,%) padding-left=unit(px,%) \
            padding-right=unit(px,%) padding-top=unit(px,%) padding=units(px,%) \
            table-layout=enum(auto,fixed) text-padding=units(px,%) text-decoration=text \
            vertical-align=enum(top,bottom,middle)",
        defaults: "align=center| border-radius=3px| color=#333333| \
            font-family=Ubuntu, Helvetica, Arial, sans-serif| font-size=13px| icon-size=20px| \
            line-height=22px| mode=horizontal| padding=10px 25px| text-decoration=none",
    },
    Row {
        name: "mj-social-element",
        ending: true,
        children: "",
        attributes: "align=enum(left,center,right) icon-position=enum(left,right) background-color=color \
            color=color border=text border-radius=text font-family=text font-size=unit(px) \
            font-style=text font-weight=text href=text icon-size=unit(px,%) \
            icon-height=unit(px,%) icon-padding=units(px,%) line-height=unit(px,%,) name=text \
            padding-bottom=unit(px,%) padding-left=unit(px,%) padding-right=unit(px,%) \
            padding-top=unit(px,%) padding=units(px,%) text-padding=units(px,%) rel=text \
            src=text srcset=text sizes=text alt=text title=text target=text text-decoration=text \
            vertical-align=enum(top,middle,bottom)",
        defaults: "alt=| align=left| icon-position=left| color=#000| border=0| border-radius=3px| \
            font-family=Ubuntu, Helvetica, Arial, sans-serif| font-size=13px| line-height=1| \
            padding=4px| text-padding=4px 4px 4px 0| target=_blank| text-decoration=none| \
            vertical-align=middle",
    },
    Row {
        name: "mj-navbar",
        ending: false,
        children: "mj-navbar-link mj-raw",
        attributes: "align=enum(left,center,right) base-url=text hamburger=text \
            ico-align=enum(left,center,right) ico-open=text ico-close=text ico-color=color \
            ico-font-size=unit(px,%) ico-font-family=text ico-text-transform=text \
            ico-padding=units(px,%) ico-padding-left=unit(px,%) ico-padding-top=unit(px,%) \
            ico-padding-right=unit(px,%) ico-padding-bottom=unit(px,%) padding=units(px,%) \
            padding-left=unit(px,%) padding-top=unit(px,%) padding-right=unit(px,%) \
            padding-bottom=unit(px,%) ico-text-decoration=text ico-line-height=unit(px,%,)",
        defaults: "align=center| ico-align=center| ico-open=&#9776;| ico-close=&#8855;| \
            ico-color=#000000| ico-font-size=30px| \
            ico-font-family=Ubuntu, Helvetica, Arial, sans-serif| ico-text-transform=uppercase| \
            ico-padding=10px| ico-text-decoration=none| ico-line-height=30px",
    },
    Row {
        name: "mj-navbar-link",
        ending: true,
        children: "",
        attributes: "color=color font-family=text font-size=unit(px) font-style=text font-weight=text \
            href=text name=text target=text rel=text letter-spacing=signed(px,em) \
            line-height=unit(px,%,) padding-bottom=unit(px,%) padding-left=unit(px,%) \
            padding-right=unit(px,%) padding-top=unit(px,%) padding=units(px,%) \
            text-decoration=text text-transform=text",
        defaults: "color=#000000| font-family=Ubuntu, Helvetica, Arial, sans-serif| font-size=13px| \
            font-weight=normal| line-height=22px| padding=15px 10px| target=_blank| \
            text-decoration=none| text-transform=uppercase",
    },
    Row {
        name: "mj-accordion",
        ending: false,
        children: "mj-accordion-element mj-raw",
        attributes: "container-background-color=color border=text font-family=text \
            icon-align=enum(top,middle,bottom) icon-width=unit(px,%) icon-height=unit(px,%) \
            icon-wrapped-url=text icon-wrapped-alt=text icon-unwrapped-url=text \
            icon-unwrapped-alt=text icon-position=enum(left,right) padding-bottom=unit(px,%) \
            padding-left=unit(px,%) padding-right=unit(px,%) padding-top=unit(px,%) \
            padding=units(px,%)",
        defaults: "border=2px solid black| font-family=Ubuntu, Helvetica, Arial, sans-serif| \
            icon-align=middle| icon-wrapped-url=https://i.imgur.com/bIXv1bk.png| \
            icon-wrapped-alt=+| icon-unwrapped-url=https://i.imgur.com/w4uTygT.png| \
            icon-unwrapped-alt=-| icon-position=right| icon-height=32px| icon-width=32px| \
            padding=10px 25px",
    },
    Row {
        name: "mj-accordion-element",
        ending: false,
        children: "mj-accordion-title mj-accordion-text mj-raw",
        attributes: "background-color=color border=text font-family=text \
            icon-align=enum(top,middle,bottom) icon-width=unit(px,%) icon-height=unit(px,%) \
            icon-wrapped-url=text icon-wrapped-alt=text icon-unwrapped-url=text \
            icon-unwrapped-alt=text icon-position=enum(left,right)",
        defaults: "",
    },
    Row {
        name: "mj-accordion-text",
        ending: true,
        children: "",
        attributes: "background-color=color font-size=unit(px) font-family=text font-weight=text \
            letter-spacing=signed(px,em) line-height=unit(px,%,) color=color \
            padding-bottom=unit(px,%) padding-left=unit(px,%) padding-right=unit(px,%) \
            padding-top=unit(px,%) padding=units(px,%)",
        defaults: "font-size=13px| line-height=1| padding=16px",
    },
    Row {
        name: "mj-accordion-title",
        ending: true,
        children: "",
        attributes: "background-color=color color=color font-size=unit(px) font-family=text \
            font-weight=text padding-bottom=unit(px,%) padding-left=unit(px,%) \
            padding-right=unit(px,%) padding-top=unit(px,%) padding=units(px,%)",
        defaults: "font-size=13px| padding=16px",
    },
    Row {
        name: "mj-carousel",
        ending: false,
        children: "mj-carousel-image",
        attributes: "align=enum(left,center,right) border-radius=text container-background-color=color \
            icon-width=unit(px,%) left-icon=text padding=units(px,%) padding-top=unit(px,%) \
            padding-bottom=unit(px,%) padding-left=unit(px,%) padding-right=unit(px,%) \
            right-icon=text thumbnails=enum(visible,hidden,supported) tb-border=text \
            tb-border-radius=text tb-hover-border-color=color tb-selected-border-color=color \
            tb-width=unit(px,%)",
        defaults: "align=center| border-radius=6px| icon-width=44px| \
            left-icon=https://i.imgur.com/xTh3hln.png| \
            right-icon=https://i.imgur.com/os7o9kz.png| thumbnails=visible| \
            tb-border=2px solid transparent| tb-border-radius=6px| tb-hover-border-color=#fead0d| \
            tb-selected-border-color=#ccc",
    },
    Row {
        name: "mj-carousel-image",
        ending: true,
        children: "",
        attributes: "alt=text href=text rel=text target=text title=text src=text thumbnails-src=text \
            border-radius=text tb-border=text tb-border-radius=text",
        defaults: "alt=| target=_blank",
    },
];
