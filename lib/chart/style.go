package chart

// style is the look of every chart. Its rules hold inside charts alone, so that
// a chart can stand in a page. Where a chart is narrow (the picture itself, or
// the page that it stands in) text grows, since it shrinks with the picture.
// Paper is light.
const style = `
.tars-chart{--ground:#fff;--ink:#1c2127;--soft:#57606a;--rule:#d8dee4;--band:#c9d6e6;--edge:#8ca5c4;--bad:#b42318;--limit:#8a4b00;
--s1:#0b5cad;--s2:#b34700;--s3:#0b7a4b;--s4:#8137a3;max-width:100%;height:auto;color-scheme:light dark;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif}
@media screen and (prefers-color-scheme:dark){.tars-chart{--ground:#12161c;--ink:#e8ecf1;--soft:#a3adb8;--rule:#343b44;
--band:#33465c;--edge:#6784a8;--bad:#ff8a7a;--limit:#f2b35e;--s1:#6cb4ff;--s2:#ff9d5c;--s3:#55cf98;--s4:#d49bf0}}
.tars-chart text{font-size:13px;fill:var(--soft)}
.tars-chart .head{font-size:16px;font-weight:600;fill:var(--ink)}
.tars-chart .unit{font-weight:400;fill:var(--soft)}
.tars-chart .value{fill:var(--ink)}
.tars-chart .halo{fill:var(--bad);paint-order:stroke;stroke:var(--ground);stroke-width:4px;stroke-linejoin:round}
.tars-chart .ground{fill:var(--ground)}
.tars-chart .grid{stroke:var(--rule);stroke-width:1;fill:none}
.tars-chart .axis{stroke:var(--soft);stroke-width:1;fill:none}
.tars-chart .band{fill:var(--band);fill-opacity:.75;stroke:var(--edge);stroke-width:1}
.tars-chart .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.tars-chart .faint{stroke-width:1;stroke-opacity:.7}
.tars-chart .limit{stroke:var(--limit);stroke-width:2;stroke-dasharray:8 5;fill:none}
.tars-chart .span{fill:var(--bad);fill-opacity:.16;stroke:var(--bad);stroke-width:1;stroke-dasharray:2 3}
.tars-chart .long{fill-opacity:.08}
.tars-chart .hatch{stroke:var(--ground);stroke-width:3}
.tars-chart .bar{fill:var(--s1)}
.tars-chart .c1{stroke:var(--s1)}.tars-chart .c2{stroke:var(--s2);stroke-dasharray:7 4}
.tars-chart .c3{stroke:var(--s3);stroke-dasharray:2 4}.tars-chart .c4{stroke:var(--s4);stroke-dasharray:12 4 2 4}
.tars-chart .m1{fill:var(--s1)}.tars-chart .m2{fill:var(--s2)}.tars-chart .m3{fill:var(--s3)}.tars-chart .m4{fill:var(--s4)}
@media (max-width:520px){.tars-chart text{font-size:22px}.tars-chart .head{font-size:23px}.tars-chart .wide{display:none}
.tars-chart .line{stroke-width:3}.tars-chart .faint{stroke-width:1.5}}
`

// colours is how many lines differ; further ones begin again.
const colours = 4

// wideGlyph is the mean width of a letter at the size that narrow charts have;
// text has room when it has room at that size.
const wideGlyph = 12
