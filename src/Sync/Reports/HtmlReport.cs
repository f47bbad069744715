using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace EdgeGateway.Sync.Reports;

/// <summary>
/// The report as one HTML file that needs nothing else: no script, no font, no picture from elsewhere, and a policy that forbids them. Made for
/// A4 and a head of office: the numbers first, then when and where, then how far they can be trusted. All that comes from configuration is escaped.
/// </summary>
public static class HtmlReport
{
    /// <summary>Escapes what HTML understands; Vietnamese letters stay readable in the file.</summary>
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    // Marks, embeddings, overrides and isolates of writing from right to left.
    private static readonly SearchValues<char> Turns = SearchValues.Create("\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069");

    /// <summary>A text as it stands in the page.</summary>
    internal static string Encode(string text) => Encoder.Encode(Straight(text));

    /// <summary>A text without signs that turn the direction of writing: one of them in a name would turn the sentence around it.</summary>
    internal static string Straight(string text) => text.AsSpan().IndexOfAny(Turns) < 0 ? text : string.Concat(text.Where(c => !Turns.Contains(c)));

    internal const string Style = """
        @page { size: A4; margin: 13mm 14mm 15mm; @bottom-right { content: counter(page) " / " counter(pages); font: 10px sans-serif; color: #52606d } }
        * { box-sizing: border-box }
        body { font: 13px/1.45 "Noto Sans", "Segoe UI", "DejaVu Sans", Arial, sans-serif; color: #1f2933; margin: 0 auto; max-width: 780px; padding: 18px; background: #fff }
        h1 { font-size: 22px; margin: 0 0 2px; color: #08405f } h2 { font-size: 15px; margin: 20px 0 5px; color: #08405f; break-after: avoid }
        header { border-bottom: 3px solid #0b6aa2; padding-bottom: 8px } .sub { color: #52606d }
        .cards { display: grid; grid-template-columns: repeat(4, 1fr); gap: 10px; margin: 13px 0 8px }
        .card { border: 1px solid #dfe4ea; border-top: 3px solid #0b6aa2; padding: 7px 10px } .card b { display: block; font-size: 22px; line-height: 1.25 }
        .card span { color: #52606d; font-size: 12px } .lead { margin: 8px 0 } .say { background: #f3f8fb; border-left: 4px solid #0b6aa2; padding: 6px 10px; margin: 9px 0 }
        table { border-collapse: collapse; width: 100%; margin: 4px 0; font-variant-numeric: tabular-nums } th, td { padding: 3px 7px; border-bottom: 1px solid #dfe4ea; text-align: right; vertical-align: top }
        th { color: #52606d; font-weight: 600; border-bottom: 1.5px solid #9aa5b1; vertical-align: bottom; white-space: nowrap } .tight { font-size: 12px } .tight th, .wrap th { white-space: normal } .tight th, .tight td, .wrap th, .wrap td { padding: 3px 5px } td { white-space: nowrap } th:first-child, td:first-child, .l { text-align: left !important } .w, td.l:last-child { white-space: normal } .w, li { overflow-wrap: anywhere } td.w { min-width: 128px } .tight td.l:last-child { min-width: 172px } .millions td.l:last-child { min-width: 140px }
        tr { break-inside: avoid } thead { display: table-header-group } .mark { color: #b8402a } .gap { color: #7b8794 } tfoot { display: table-row-group } tfoot td { font-weight: 600; border-top: 1.5px solid #9aa5b1; border-bottom: 0 }
        svg { width: 100%; height: auto; font-family: inherit; display: block } section { break-inside: avoid } .long { break-inside: auto }
        ul { margin: 4px 0; padding-left: 18px } li { margin: 2px 0 } .small { color: #52606d; font-size: 11.5px } .n, td .small { white-space: nowrap } footer { margin-top: 18px; border-top: 1px solid #dfe4ea; padding-top: 6px; color: #52606d; font-size: 11.5px; break-inside: avoid; break-before: avoid }
        @media print { body { padding: 0; max-width: none; -webkit-print-color-adjust: exact; print-color-adjust: exact } }
        """;

    /// <summary>Writes the page.</summary>
    public static void Write(Stream output, VisitorReport report, TimeZoneInfo zone, ReportLanguage language)
    {
        using var writer = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        writer.Write(new HtmlPage(report, zone, language).Make());
    }
}
