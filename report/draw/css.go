package draw

// CSS is the style of the drawings of SVG. Lines and texts have
// the colour of the text around them, so that they are light on dark, dark on
// light, and black on paper.
const CSS = `
.topology{font:10px ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono","Liberation Mono",monospace;max-width:100%;height:auto}
.topology text{fill:currentColor;stroke:none;white-space:pre}
.topology .t-title{font-size:13px;font-weight:700}
.topology .t-name{font-size:12px;font-weight:700}
.topology .t-dim{fill-opacity:.66}
.topology path{fill:none;stroke:currentColor}
.topology .t-node>rect{fill:currentColor;fill-opacity:.03;stroke:currentColor;stroke-opacity:.4}
.topology .t-switch>rect{fill-opacity:.09;stroke-opacity:.8}
.topology .t-router>rect{stroke-dasharray:none;stroke-opacity:.8;stroke-width:1.6}
.topology .t-bar rect{fill:currentColor;fill-opacity:.42;stroke:none}
.topology .t-if>rect{fill:currentColor;fill-opacity:.06;stroke:currentColor;stroke-opacity:.55}
.topology .t-if>.t-frame{fill-opacity:.03;stroke-dasharray:4 2}
.topology .t-if.t-off>rect{stroke-dasharray:2 2}
.topology .t-twig{stroke-opacity:.55}
.topology .t-stub{stroke-width:3;stroke-opacity:.42}
.topology .t-cable path{stroke-width:2;stroke-opacity:.85}
.topology .t-cable.t-off path{stroke-dasharray:2 4}
.topology .t-stack path{stroke:#3b82c4;stroke-width:1.6;stroke-dasharray:5 3}
.topology rect.t-chip{fill:none;stroke:currentColor;stroke-opacity:.5}
.topology rect.t-warn{fill:#d9534f;fill-opacity:.25;stroke:#d9534f}
.topology .t-loop{stroke:#d97706;stroke-width:2}
.topology .t-tip{fill:#d97706;stroke:none}
.topology rect.t-vlan{fill:none;stroke:currentColor;stroke-width:1.3}
.topology rect.t-full{fill:currentColor;fill-opacity:.35}
.topology rect.t-v0{stroke:#0f9d6b;fill:#0f9d6b}.topology rect.t-v1{stroke:#e08a00;fill:#e08a00}
.topology rect.t-v2{stroke:#3b82c4;fill:#3b82c4}.topology rect.t-v3{stroke:#c4569e;fill:#c4569e}
.topology rect.t-v4{stroke:#b5a400;fill:#b5a400}.topology rect.t-v5{stroke:#d9534f;fill:#d9534f}
.topology rect.t-v6{stroke:#7b61c9;fill:#7b61c9}.topology rect.t-v7{stroke:#5f8f8f;fill:#5f8f8f}
.topology rect.t-v0,.topology rect.t-v1,.topology rect.t-v2,.topology rect.t-v3,.topology rect.t-v4,.topology rect.t-v5,.topology rect.t-v6,.topology rect.t-v7{fill-opacity:.08}
.topology rect.t-vlan.t-full{fill-opacity:.45}
.topology .t-changed>rect:not([class]){stroke:#d97706;stroke-opacity:1;stroke-width:2}
`

const standaloneCSS = `
.topology{color:#1c2733;background:#fff}
@media (prefers-color-scheme:dark){.topology{color:#dfe7ee;background:#12181f}}
`
