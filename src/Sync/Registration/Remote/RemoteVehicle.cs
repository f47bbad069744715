using System.Security.Cryptography;
using System.Text;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration.Csv;

namespace EdgeGateway.Sync.Registration.Remote;

/// <summary>
/// One vehicle of a service's reply, under whichever of the known names its fields stand. Services differ in spelling; the
/// names here are Vietnamese and English ones without accents, compared without case.
/// </summary>
internal static class RemoteVehicle
{
    // Stands in the bag where a reply gives two values under one name. No text of a reply is this one.
    private const string TwoValues = "\0";

    private static readonly byte[] MarkKey = RandomNumberGenerator.GetBytes(32);

    private static readonly string[] ErrorCodes = ["maLoi", "errorCode", "error_code"];
    private static readonly string[] Plate = ["bienSo", "bienKiemSoat", "bienSoXe", "bks", "plate"];
    private static readonly string[] Colour = ["mauBien", "mauBienSo", "colour", "plateColour"];
    private static readonly string[] Vehicle = ["loaiXe", "loaiPhuongTien", "vehicle", "vehicleType"];
    private static readonly string[] State = ["trangThai", "trangThaiDangKy", "state"];
    private static readonly string[] From = ["hieuLucTu", "ngayDangKy", "tuNgay", "validFrom"];
    private static readonly string[] To = ["hieuLucDen", "ngayHetHieuLuc", "denNgay", "validTo"];
    private static readonly string[] Brand = ["nhanHieu", "brand"];
    private static readonly string[] Office = ["coQuanDangKy", "noiDangKy", "office"];
    private static readonly string[] Name = ["hoVaTen", "hoTen", "tenChuXe", "chuXe", "tenToChuc", "ownerName"];
    private static readonly string[] Id = ["soDinhDanh", "maSoThue", "ownerId"];
    private static readonly string[] Birth = ["ngaySinh", "ngayThangNamSinh", "birth"];
    private static readonly string[] Address = ["diaChi", "noiCuTru", "address"];
    private static readonly string[] Phone = ["soDienThoai", "dienThoai", "phone"];

    /// <summary>An error's code inside a reply that has status 200: with one, an empty list says nothing of the vehicle.</summary>
    /// <exception cref="ServiceFaultException">The name is that of a code, and the code is none of success.</exception>
    public static void RequireSuccess(string name, string? code)
    {
        if (!Array.Exists(ErrorCodes, one => one.Equals(name, StringComparison.OrdinalIgnoreCase))) return;
        if (code?.Trim() is not (null or "" or "0" or "00" or "000" or "200")) throw NotUnderstood("an error code where a list of vehicles was expected");
    }

    /// <summary>A field that decides whether the registration holds must be one text: what stands in it as an object or a list would be passed over, and the registration held for good.</summary>
    /// <exception cref="ServiceFaultException">The name is that of a state or a date.</exception>
    public static void RequirePlain(string name)
    {
        if (State.Concat(From).Concat(To).Contains(name, StringComparer.OrdinalIgnoreCase)) throw NotUnderstood($"{name} that is no plain text");
    }

    /// <summary>Adds a field to a vehicle's bag. Another value under the same name (a former owner beside the present one, two who own it together) is remembered as a doubt.</summary>
    public static void Add(Dictionary<string, string> fields, string name, string value)
    {
        if (!fields.TryAdd(name, value) && fields[name] != value) fields[name] = TwoValues;
    }

    /// <summary>The registration in a bag of fields; none when it is of another plate, two without an owner where it names two.</summary>
    /// <param name="fields">Texts by name, owners' fields among them.</param>
    /// <param name="query">What was asked.</param>
    /// <param name="seal">Seals the owner; null leaves it out.</param>
    /// <exception cref="ServiceFaultException">A field that decides cannot be understood: better no answer than a wrong owner.</exception>
    public static IReadOnlyList<RegistryRow> Of(IReadOnlyDictionary<string, string> fields, RegistryQuery query, OwnerSeal? seal)
    {
        if (!RegistryWords.TryFold(Get(fields, Plate) ?? "", out var plate)) throw NotUnderstood("a vehicle without a plate");
        if (plate != query.Plate) return [];
        var colour = RegistryWords.ColourOf(Get(fields, Colour));
        if (!RegistryWords.TryVehicle(Get(fields, Vehicle), out var vehicle) || colour == PlateColour.Unknown) throw NotUnderstood("a vehicle without a known colour and kind");
        if (!TryDay(Get(fields, From), isEnd: false, out var from) || !TryDay(Get(fields, To), isEnd: true, out var to)) throw NotUnderstood("a date that is none");
        var state = Get(fields, State) ?? "";
        if (!RegistryWords.TryState(state, out var withdrawn) && !(withdrawn = state.Contains("thu hồi", StringComparison.OrdinalIgnoreCase))) throw NotUnderstood("a state of registration that says neither in use nor withdrawn");
        if (AreSeveral(fields, Name) || AreSeveral(fields, Id))
        {
            var nobodys = new RegistryRow(colour, vehicle, from, to, withdrawn, null, () => null);
            return [nobodys, nobodys];
        }

        var owner = new ClearOwner { Name = Get(fields, Name), Id = Get(fields, Id), Birth = GetSure(fields, Birth), Address = GetSure(fields, Address), Phone = GetSure(fields, Phone) };
        var (brand, office) = (GetSure(fields, Brand), GetSure(fields, Office));
        return [new RegistryRow(colour, vehicle, from, to, withdrawn, MarkOf(owner), Sealed)];

        string? Sealed()
        {
            if (seal is null || (owner.Name is null && owner.Id is null)) return null;
            var text = OwnerText.Write(query, colour, vehicle, from, to, brand, office, owner);
            try
            {
                return Convert.ToBase64String(seal.Seal(text));
            }
            finally
            {
                CryptographicOperations.ZeroMemory(text);
            }
        }
    }

    public static ServiceFaultException NotUnderstood(string what) => new(ServiceFaultKind.NoAnswer, $"The reply is not understood: {what}.");

    // The id decides where there is one: a name is written in many ways.
    private static string? MarkOf(ClearOwner owner) => (owner.Id ?? owner.Name) is { } text ? Convert.ToHexStringLower(HMACSHA256.HashData(MarkKey, Encoding.UTF8.GetBytes(text))) : null;

    private static string? Get(IReadOnlyDictionary<string, string> fields, string[] names)
    {
        foreach (var name in names)
        {
            if (!fields.TryGetValue(name, out var value)) continue;
            if (value == TwoValues) throw NotUnderstood($"two values of {name}");
            if (!string.IsNullOrWhiteSpace(value)) return value.Trim().Normalize(NormalizationForm.FormC);
        }

        return null;
    }

    // What decides nothing is left out where it is not sure.
    private static string? GetSure(IReadOnlyDictionary<string, string> fields, string[] names) => IsDoubled(fields, names) ? null : Get(fields, names);

    /// <summary>Two values under one name, or under two names of one thing: a former owner beside the present one.</summary>
    private static bool AreSeveral(IReadOnlyDictionary<string, string> fields, string[] names) =>
        IsDoubled(fields, names)
        || names.Select(name => fields.GetValueOrDefault(name)).Where(value => !string.IsNullOrWhiteSpace(value)).Select(value => value!.Trim().Normalize(NormalizationForm.FormC)).Distinct(StringComparer.OrdinalIgnoreCase).Count() > 1;

    private static bool IsDoubled(IReadOnlyDictionary<string, string> fields, string[] names) => Array.Exists(names, name => fields.TryGetValue(name, out var value) && value == TwoValues);

    private static bool TryDay(string? text, bool isEnd, out DateTimeOffset? day)
    {
        // Dates come as yyyyMMdd, dd/MM/yyyy, yyyy-MM-dd or with a time.
        if (text is { Length: 8 } && text.All(char.IsAsciiDigit)) text = $"{text[..4]}-{text[4..6]}-{text[6..]}";
        return CsvCell.TryMoment(Encoding.UTF8.GetBytes(text ?? ""), isEnd, out day);
    }
}
