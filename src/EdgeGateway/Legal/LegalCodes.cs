using System.Globalization;
using EdgeGateway.Configuration;
using EdgeGateway.Configuration.Binding;
using EdgeGateway.Configuration.Yaml;
using EdgeGateway.Sync.Events;
using Place = EdgeGateway.Configuration.Place;

namespace EdgeGateway.Legal;

/// <summary>The paragraphs of law as dated data: which one stood for an act, a vehicle and a day.</summary>
public sealed class LegalCodes
{
    private const string FolderName = "legal";

    private readonly Dictionary<(string Code, VehicleGroup Vehicle), List<(DateOnly From, DateOnly To, LegalReference Reference)>> _texts = [];
    private readonly TimeZoneInfo _zone;

    private LegalCodes(TimeZoneInfo zone) => _zone = zone;

    /// <summary>How many rows there are.</summary>
    public int Count => _texts.Values.Sum(rows => rows.Count);

    /// <summary>The law is Viet Nam's, whatever a site's clock shows.</summary>
    public static TimeZoneInfo VietNam { get; } = TimeZoneInfo.FindSystemTimeZoneById("Asia/Ho_Chi_Minh");

    /// <summary>The folder that came with the program.</summary>
    public static string Shipped => Path.Combine(AppContext.BaseDirectory, FolderName);

    /// <summary>Reads <c>legal/*.yaml</c> of a configuration folder; where it has none, those that came with the program.</summary>
    /// <exception cref="InvalidDataException">They hold a mistake: all of them are in the message as file:line:column, one a line.</exception>
    public static LegalCodes Load(string configFolder)
    {
        var mistakes = new MistakeList();
        var codes = Read(configFolder, mistakes);
        return mistakes.Count == 0 ? codes : throw new InvalidDataException(string.Join('\n', mistakes.Mistakes));
    }

    /// <summary>True where a text of some time speaks of the act, of whatever vehicle.</summary>
    public bool Knows(string code) => _texts.Keys.Any(key => key.Code == code);

    /// <summary>The text in force for an act at a moment; null when there was none for that code and vehicle. A row that nobody compared with the print says so.</summary>
    public LegalReference? Resolve(string code, ObjectKind vehicle, DateTimeOffset at)
    {
        if (GroupOf(vehicle) is not { } group || !_texts.TryGetValue((code, group), out var rows)) return null;
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, _zone).DateTime);
        foreach (var (from, to, reference) in rows)
        {
            if (day >= from && day <= to) return reference;
        }

        return null;
    }

    /// <summary>The group of a vehicle's class; null for what no row speaks of.</summary>
    public static VehicleGroup? GroupOf(ObjectKind vehicle) => vehicle switch
    {
        ObjectKind.Car or ObjectKind.Bus or ObjectKind.Truck => VehicleGroup.Car,
        ObjectKind.Motorcycle => VehicleGroup.Motorbike,
        ObjectKind.Bicycle => VehicleGroup.Bicycle,
        _ => null,
    };

    /// <summary>Reads and checks; what is wrong is added to the list. For <c>validate</c>.</summary>
    internal static LegalCodes Read(string configFolder, MistakeList mistakes)
    {
        var own = Path.Combine(configFolder, FolderName);
        var folder = Directory.Exists(own) ? own : Shipped;
        var codes = new LegalCodes(VietNam);
        var seen = new List<Row>();
        var before = mistakes.Count;
        foreach (var path in FilesOf(folder, mistakes))
        {
            var name = $"{FolderName}/{Path.GetFileName(path)}";
            try
            {
                seen.AddRange(ReadFile(name, File.ReadAllBytes(path), mistakes));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                mistakes.Add(new Place(name, 1, 1), Unreadable("file", fault));
            }
        }

        if (seen.Count == 0 && mistakes.Count == before) mistakes.Add(new Place(FolderName, 1, 1), $"there is no legal data in {folder}; violations need {FolderName}/road-traffic.yaml");
        codes.Take(seen, mistakes);
        return codes;
    }

    private static string[] FilesOf(string folder, MistakeList mistakes)
    {
        try
        {
            return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal)] : [];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            mistakes.Add(new Place(FolderName, 1, 1), Unreadable("folder", fault));
            return [];
        }
    }

    private static string Unreadable(string what, Exception fault) => fault is UnauthorizedAccessException
        ? $"the {what} may not be read by this user; give its group read access (chgrp edgegateway, chmod {(what == "file" ? "640" : "750")})"
        : $"the {what} cannot be read: {fault.Message}";

    internal static LegalCodes OfText(string text, MistakeList mistakes)
    {
        var codes = new LegalCodes(VietNam);
        codes.Take([.. ReadFile("legal/test.yaml", System.Text.Encoding.UTF8.GetBytes(text), mistakes)], mistakes);
        return codes;
    }

    private static List<Row> ReadFile(string name, byte[] bytes, MistakeList mistakes)
    {
        if (YamlReader.Read(name, bytes, mistakes) is not { } node) return [];
        var before = mistakes.Count;
        var map = new SourceMap(new Place(name, 1, 1));
        var config = new ConfigBinder(map, new SecretSource(new SecretMask(), _ => null, isRequired: false, folder: ""), mistakes).Bind<LegalConfig>(node);
        if (mistakes.Count > before) return [];
        var rows = new List<Row>();
        foreach (var document in config.Documents.Where(pair => pair.Value.ValidTo < pair.Value.ValidFrom)) mistakes.Add(map.Of(document.Value, "validTo"), $"'{document.Key}' ends before it begins");
        foreach (var text in config.Texts) rows.AddRange(ReadText(config, text, map, mistakes));
        return rows;
    }

    private static IEnumerable<Row> ReadText(LegalConfig config, LegalTextConfig text, SourceMap map, MistakeList mistakes)
    {
        if (!ActCodes.All.Contains(text.Code, StringComparer.Ordinal)) mistakes.Add(map.Of(text, "code"), $"unknown code '{text.Code}'; {NearestWord.Hint(text.Code, ActCodes.All)}");
        if (text.FineTo < text.FineFrom) mistakes.Add(map.Of(text, "fineTo"), $"the highest fine of {text.Code} is below the least");
        if (text.Documents.Count == 0) mistakes.Add(map.Of(text, "documents"), $"'documents' of {text.Code} is empty: in which wording does it stand?");
        foreach (var name in text.Documents)
        {
            if (!config.Documents.TryGet(name, out var document))
            {
                mistakes.Add(map.Of(text, "documents"), $"unknown document '{name}'; {NearestWord.Hint(name, config.Documents.Keys)}");
                continue;
            }

            var reference = new LegalReference(
                document.Number, text.Article.ToString(CultureInfo.InvariantCulture), text.Clause.ToString(CultureInfo.InvariantCulture), text.Point, document.ValidFrom,
                document.Verified && text.Verified, document.AmendedBy, new TwoLanguages(text.Vi, text.En), new FineRange(text.FineFrom, text.FineTo), text.Points);
            yield return new Row(text.Code, text.Vehicle, document.ValidFrom, document.ValidTo ?? DateOnly.MaxValue, reference, map.Of(text), name, map.Of(document, "validFrom"));
        }
    }

    private void Take(List<Row> rows, MistakeList mistakes)
    {
        foreach (var group in rows.GroupBy(row => (row.Code, row.Vehicle)))
        {
            var sorted = group.OrderBy(row => row.From).ToList();
            for (var i = 1; i < sorted.Count; i++)
            {
                var (before, row) = (sorted[i - 1], sorted[i]);
                if (row.From > before.To)
                {
                    // Nothing of the code or the vehicle: many texts stand in the two, and their dates are at fault once.
                    if (row.From > before.To.AddDays(1)) mistakes.Warn(row.DocumentPlace, string.Create(CultureInfo.InvariantCulture, $"no text holds from {before.To.AddDays(1):yyyy-MM-dd} to {row.From.AddDays(-1):yyyy-MM-dd}, between '{before.Document}' and '{row.Document}': acts of those days have no paragraph"));
                }
                else if (row.Place == before.Place)
                {
                    mistakes.Add(row.DocumentPlace, string.Create(CultureInfo.InvariantCulture, $"'{before.Document}' and '{row.Document}' both hold on {row.From:yyyy-MM-dd}, and a text stands in both. End one before the other begins"));
                }
                else
                {
                    mistakes.Add(row.Place, string.Create(CultureInfo.InvariantCulture, $"two texts hold for {group.Key.Code}, {RecordKeys.Camel(group.Key.Vehicle.ToString())} on {row.From:yyyy-MM-dd}; the other stands in {before.Place}. End one before the other begins"));
                }
            }

            _texts[group.Key] = [.. sorted.Select(row => (row.From, row.To, row.Reference))];
        }
    }

    private sealed record Row(string Code, VehicleGroup Vehicle, DateOnly From, DateOnly To, LegalReference Reference, Place Place, string Document, Place DocumentPlace);
}
