using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Registration;

/// <summary>
/// Plates, colours and vehicle kinds as registries write them. Plates are compared on a folded form: capital letters without
/// separators, D for every form of Đ, because cameras and keyboards give either.
/// </summary>
public static class RegistryWords
{
    /// <summary>The longest plate: 29MĐ1-013.53.</summary>
    public const int LongestPlate = 10;

    // Words of colours and kinds are far shorter, marks counted.
    private const int LongestWord = 64;

    // The shortest civil plate is a province, a letter and four digits; a military one two letters and four digits.
    private const int ShortestPlate = 6;

    /// <summary>Stands in a read text for a character that the pictures do not settle.</summary>
    public const char Doubtful = '?';

    /// <summary>Folds a plate; false when the text holds what stands on no plate (a mark, a formula, too many characters).</summary>
    /// <param name="text">With or without the separators space, '-', '.', '_'.</param>
    /// <param name="folded">[0-9A-Z?], at most <see cref="LongestPlate"/> characters.</param>
    public static bool TryFold(ReadOnlySpan<char> text, out string folded)
    {
        Span<char> kept = stackalloc char[LongestPlate];
        var isFolded = TryFold(text, kept, out var length);
        folded = isFolded ? new string(kept[..length]) : "";
        return isFolded;
    }

    /// <summary>The same without a text of its own.</summary>
    /// <param name="text">With or without separators.</param>
    /// <param name="folded">Room for <see cref="LongestPlate"/> characters.</param>
    /// <param name="length">How many of them were written.</param>
    public static bool TryFold(ReadOnlySpan<char> text, Span<char> folded, out int length)
    {
        length = 0;
        foreach (var typed in text)
        {
            // An East Asian keyboard's wide letters and figures look the same in a table.
            var character = typed is >= '\uFF01' and <= '\uFF5E' ? (char)(typed - 0xFEE0) : typed;
            if (character is ' ' or '-' or '.' or '_') continue;
            var one = FoldOne(character);
            if (one == '\0' || length == LongestPlate) return false;
            folded[length++] = one;
        }

        return length > 0;
    }

    /// <summary>
    /// The kind of plate that a text shows by where its dash stands: <c>37A-123.45</c> is a car's, <c>37A1-2345</c> a motorcycle's, though both fold to one text.
    /// <see cref="PlateKind.Unknown"/> where it is written without a dash, or stands for more than one kind.
    /// </summary>
    public static PlateKind KindAsWritten(ReadOnlySpan<char> text)
    {
        var dash = text.IndexOf('-');
        if (dash < 0 || text[(dash + 1)..].Contains('-') || !TryFold(text[..dash], out var series) || !TryFold(text[(dash + 1)..], out var number)) return PlateKind.Unknown;
        if (number.Length is not (4 or 5) || !number.All(char.IsAsciiDigit) || series.Length is < 3 or > 5 || !char.IsAsciiDigit(series[0]) || !char.IsAsciiDigit(series[1]) || !char.IsAsciiLetterUpper(series[2])) return PlateKind.Unknown;
        return series.Length switch
        {
            3 => PlateKind.Car,
            4 when char.IsAsciiDigit(series[3]) => PlateKind.Motorbike,
            5 when char.IsAsciiLetterUpper(series[3]) && char.IsAsciiDigit(series[4]) => PlateKind.Motorbike,
            _ => PlateKind.Unknown,
        };
    }

    /// <summary>False where one is a car's and the other a motorcycle's.</summary>
    public static bool MayBeOne(PlateKind written, PlateKind read) =>
        !(written is PlateKind.Car or PlateKind.Motorbike && read is PlateKind.Car or PlateKind.Motorbike && written != read);

    /// <summary>True when a folded text can be a whole plate: begins like one and holds a letter and at least four digits.</summary>
    public static bool IsWhole(ReadOnlySpan<char> folded)
    {
        if (folded.Length is < ShortestPlate or > LongestPlate || folded.Contains(Doubtful)) return false;
        var digits = 0;
        foreach (var character in folded) digits += char.IsAsciiDigit(character) ? 1 : 0;
        if (digits < 4 || digits == folded.Length) return false;
        var first = char.IsAsciiDigit(folded[0]);
        var second = char.IsAsciiDigit(folded[1]);
        // A province of 11 and more; T and a province (temporary); or two letters (military).
        return first ? second && folded[0] != '0' && !(folded[0] == '1' && folded[1] == '0') : folded[0] == 'T' || !second;
    }

    /// <summary>The colour of a word in English or Vietnamese; unknown for anything else.</summary>
    public static PlateColour ColourOf(ReadOnlySpan<char> word) => Is(word, "white", "trắng", "trang") ? PlateColour.White
        : Is(word, "yellow", "vàng", "vang") ? PlateColour.Yellow
        : Is(word, "blue", "xanh", "xanh dương") ? PlateColour.Blue
        : Is(word, "red", "đỏ", "do") ? PlateColour.Red
        : PlateColour.Unknown;

    /// <summary>The vehicle kind of a word in English or Vietnamese; false for a word that is none.</summary>
    /// <param name="word">As a register writes it.</param>
    /// <param name="kind">Car, motorcycle, bus, truck; other for vehicles that cameras do not tell apart (trailers, tractors).</param>
    public static bool TryVehicle(ReadOnlySpan<char> word, out ObjectKind kind)
    {
        kind = Is(word, "car", "ô tô", "ô tô con", "xe con", "oto") ? ObjectKind.Car
            : Is(word, "motorcycle", "motorbike", "moped", "mô tô", "xe máy", "xe mô tô", "xe gắn máy", "xe máy điện", "moto") ? ObjectKind.Motorcycle
            : Is(word, "bus", "coach", "ô tô khách", "xe khách") ? ObjectKind.Bus
            : Is(word, "truck", "lorry", "ô tô tải", "xe tải") ? ObjectKind.Truck
            : ObjectKind.Other;
        return kind != ObjectKind.Other || Is(word, "other", "trailer", "tractor", "special", "rơ moóc", "sơ mi rơ moóc", "máy kéo", "xe chuyên dùng");
    }

    /// <summary>Whether a word says that a registration is in use or withdrawn; false for a word that says neither, which must not pass for one in use.</summary>
    /// <param name="word">As a register writes it; nothing means in use.</param>
    /// <param name="withdrawn">True for a registration that was withdrawn, suspended or has ended.</param>
    public static bool TryState(ReadOnlySpan<char> word, out bool withdrawn)
    {
        // Most rows of a register are in use: that is asked first.
        withdrawn = !word.IsEmpty && !Is(word, "active", "valid", "đang lưu hành", "hoạt động", "đang hoạt động", "đang sử dụng", "còn hiệu lực");
        return !withdrawn || Is(word, "revoked", "suspended", "withdrawn", "thu hồi", "đã thu hồi", "bị thu hồi", "tạm dừng", "hết hiệu lực");
    }

    private static bool Is(ReadOnlySpan<char> word, params ReadOnlySpan<string> names)
    {
        // Windows-1258 writes the tone as a mark of its own behind the letter, as decomposed UTF-8 does.
        Span<char> composed = stackalloc char[LongestWord];
        scoped ReadOnlySpan<char> compared = word.Length <= LongestWord && !System.Text.Ascii.IsValid(word) && word.TryNormalize(composed, out var length) ? composed[..length] : word;
        foreach (var name in names)
        {
            if (compared.Equals(name, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    private static char FoldOne(char character) => character switch
    {
        >= '0' and <= '9' or >= 'A' and <= 'Z' or Doubtful => character,
        >= 'a' and <= 'z' => (char)(character - 'a' + 'A'),
        'Đ' or 'đ' or 'Ð' or 'ð' => 'D',
        _ => '\0',
    };
}
