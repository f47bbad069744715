using System.Net;

namespace EdgeGateway.Legal;

/// <summary>The head that the printed pages share: A4, no script, nothing fetched.</summary>
internal static class Page
{
    public static string Head(string title) => $$"""
        <!DOCTYPE html>
        <html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
        <title>{{WebUtility.HtmlEncode(title)}}</title>
        <style>
        @page { size: A4; margin: 14mm }
        body { font: 10.5pt/1.4 "Noto Sans", "DejaVu Sans", Arial, sans-serif; color: #1a1a1a; max-width: 182mm; margin: 8mm auto; overflow-wrap: break-word }
        h1 { font-size: 16pt; margin: 0 0 2mm } h2 { font-size: 12.5pt; margin: 7mm 0 2mm; border-bottom: .4mm solid #345; break-after: avoid }
        table { border-collapse: collapse; width: 100% } th, td { border: .2mm solid #99a; padding: 1.2mm 1.3mm; text-align: left; vertical-align: top }
        th { background: #eef1f5; font-weight: 600 } td.n, th.n { text-align: right } td.n { white-space: nowrap } thead { display: table-header-group }
        td.w { min-width: 22mm } .pictures img { height: auto; max-height: 52mm }
        tr.bad td { background: #fde8e6; font-weight: 600 }
        .note { color: #445; font-size: 9.5pt } .sign { border: .6mm solid #345; padding: 4mm; margin: 3mm 0; font-size: 13pt; break-inside: avoid }
        .case { border: .2mm solid #99a; padding: 2.5mm; margin: 0 0 4mm; break-inside: avoid } .case header { display: flex; justify-content: space-between; gap: 4mm; font-weight: 600 }
        .pictures { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 1.5mm; margin: 2mm 0; align-items: end } figure { margin: 0 } img { width: 100%; height: 34mm; object-fit: contain; background: #e4e7eb; display: block }
        figcaption { font-size: 8.5pt; color: #445 } .below { display: grid; grid-template-columns: 46mm 1fr; gap: 3mm } .below img { height: 18mm }
        .verdict { display: flex; flex-wrap: wrap; gap: 1.5mm 2mm; border-top: .2mm solid #ccd; margin-top: 2mm; padding-top: 2mm } .box { display: inline-block; width: 3.6mm; height: 3.6mm; border: .3mm solid #222; margin-right: 1.5mm; vertical-align: top; margin-top: .7mm; text-align: center; line-height: 3.4mm; font-size: 9pt }
        .choice { white-space: nowrap; margin-right: 4mm } .end { break-inside: avoid } .end td:first-child { width: 36% }
        .line { flex: 1; min-width: 40mm; border-bottom: .2mm dotted #444 } .signature { margin-top: 10mm; display: grid; grid-template-columns: 1fr 1fr; gap: 10mm; break-inside: avoid } .signature div { height: 24mm }
        @media print { body { margin: 0; max-width: none } }
        </style>

        """;
}
