using System.Globalization;
using System.Text;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Identity;

/// <summary>What the text of a QR code turned out to be.</summary>
public abstract record CardReading;

/// <summary>A citizen card whose fields agree with each other. It lives in memory only; neither card is signed, so it proves nothing by itself.</summary>
/// <param name="Number">Masked when printed.</param>
/// <param name="BirthDate">As the card states it.</param>
/// <param name="IssueDate">As the card states it.</param>
/// <param name="ExpiresOn">The day on which the card must be renewed; null when it holds for life.</param>
/// <param name="IsForeignBorn">The number's first digits name a country instead of a province: accepted, with this flag.</param>
public sealed record CitizenCard(CitizenNumber Number, DateOnly BirthDate, DateOnly IssueDate, DateOnly? ExpiresOn, bool IsForeignBorn) : CardReading
{
    /// <summary>The day is past. The QR states no expiry, it follows from two dates and the law: a person decides what it means at a gate.</summary>
    public bool IsExpired(DateOnly today) => ExpiresOn < today;
}

/// <summary>The shape of a citizen card with fields that cannot be true, or too few of them.</summary>
/// <param name="Fault">What is wrong.</param>
/// <param name="Text">For people; names the field, never its content.</param>
public sealed record ImpossibleCard(CardFault Fault, TwoLanguages Text) : CardReading;

/// <summary>Something opaque, e.g. VNeID's short-lived code: only the official verification service can tell.</summary>
/// <param name="Text">Handed to the service and forgotten.</param>
public sealed record OpaqueToken(string Text) : CardReading
{
    private const int FewestCharacters = 6;

    // What other QR codes hold: networks with their passwords, telephone numbers, letters, places, visiting cards, payments (EMVCo).
    private static readonly string[] Others = ["WIFI:", "TEL:", "SMSTO:", "SMS:", "MAILTO:", "MATMSG:", "GEO:", "BEGIN:", "MECARD:", "000201"];

    /// <summary>
    /// False for what is no code of a verification service and must not travel to one. The form of VNeID's code is not public: any other run of printable
    /// ASCII may be one, an address too.
    /// </summary>
    public bool MayBeOfService =>
        Text.Length >= FewestCharacters && !Text.AsSpan().ContainsAnyExceptInRange('!', '~') && !Array.Exists(Others, start => Text.StartsWith(start, StringComparison.OrdinalIgnoreCase));

    /// <summary>True for the address of a web page, which most codes in the world are.</summary>
    public bool IsAddress => Text.StartsWith("http:", StringComparison.OrdinalIgnoreCase) || Text.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    public override string ToString() => $"OpaqueToken of {Text.Length} characters";
}

/// <summary>What is wrong with a card.</summary>
public enum CardFault
{
    TooLong, Unprintable, FieldsMissing, Number, Place, Sex, BirthDate, BirthYear, IssueDate, OldNumber, Name,
}

/// <summary>
/// Reads the QR text of the citizen card of 2021 (<c>number|old number|NAME|ddMMyyyy|Nam or Nữ|address|ddMMyyyy</c>) and of the card
/// of July 2024, whose order is not published: it is recognised by its shape (twelve digits first, two dates, a sex). Name and
/// address are checked for presence and not kept.
/// </summary>
public static class CardQr
{
    /// <summary>A card holds some 150 characters; a QR code could hold 4,296.</summary>
    public const int LongestText = 1024;

    private const int FewestFields = 7;
    private static readonly DateOnly OldestBirth = new(1900, 1, 1);

    // Luật Căn cước 26/2023/QH15, Article 21: a card is renewed at these ages; one issued within two years before holds to the next.
    private static readonly int[] RenewalAges = [14, 25, 40, 60];
    private const int HoldsOverYears = 2;

    /// <summary>Reads one text.</summary>
    /// <param name="text">As decoded, any normal form.</param>
    /// <param name="today">Local date.</param>
    public static CardReading Read(string text, DateOnly today)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = WithoutPrefix(text);
        if (text.Length > LongestText) return Wrong(CardFault.TooLong, "mã QR quá dài", "the QR text is too long");
        if (text.Any(c => char.IsControl(c))) return Wrong(CardFault.Unprintable, "mã QR có ký tự điều khiển", "the QR text holds control characters");
        if (!IsWellFormed(text)) return Wrong(CardFault.Unprintable, "mã QR không phải UTF-8", "the QR text is not UTF-8");
        text = text.Normalize(NormalizationForm.FormC);
        if (!text.Contains('|')) return new OpaqueToken(text.Trim());
        var fields = text.Split('|', StringSplitOptions.TrimEntries);
        if (fields.Length < FewestFields) return Wrong(CardFault.FieldsMissing, $"thẻ thiếu trường: có {fields.Length}, cần {FewestFields}", $"the card has {fields.Length} fields and needs {FewestFields}");
        if (!CitizenNumber.TryParse(fields[0], out var number)) return Wrong(CardFault.Number, "số định danh không phải 12 chữ số", "the number is not 12 digits");
        return (IsDateLike(fields[3]), fields[4] is "Nam" or "Nữ", IsDateLike(fields[6])) switch
        {
            (true, true, true) => Check(number, fields[1], fields[2], fields[3], fields[4] == "Nữ", fields[6], today),
            // The order of 2021 with one field that is none: that one is named.
            (true, false, true) when !fields.Any(field => field is "Nam" or "Nữ") => Wrong(CardFault.Sex, "giới tính phải là Nam hoặc Nữ", "the sex must be Nam or Nữ"),
            (false, true, true) when fields.Skip(1).Count(IsDateLike) == 1 => Wrong(CardFault.BirthDate, "ngày sinh không có dạng ddMMyyyy", "the date of birth is not ddMMyyyy"),
            (true, true, false) when fields.Skip(1).Count(IsDateLike) == 1 => Wrong(CardFault.IssueDate, "ngày cấp không có dạng ddMMyyyy", "the date of issue is not ddMMyyyy"),
            _ => ByShape(number, fields, today),
        };
    }

    /// <summary>The text without a byte order mark, and without the sign of a QR code (<c>]Q1</c>, ISO/IEC 15424) that a scanner may be set to send before it.</summary>
    private static string WithoutPrefix(string text)
    {
        text = text.TrimStart('\uFEFF');
        return text is [']', 'Q', >= '0' and <= '6', ..] ? text[3..].TrimStart('\uFEFF') : text;
    }

    private static CardReading ByShape(CitizenNumber number, string[] fields, DateOnly today)
    {
        var dates = fields.Skip(1).Where(IsDateLike).Take(2).ToArray();
        var sex = fields.Skip(1).FirstOrDefault(field => field is "Nam" or "Nữ");
        var name = fields.Skip(1).FirstOrDefault(field => field.Length > 1 && field.All(c => char.IsUpper(c) || c is ' ' or '\'' or '-'));
        if (dates.Length < 2 || sex is null || name is null) return Wrong(CardFault.FieldsMissing, "không nhận ra các trường của thẻ", "the card's fields are not recognised");
        return Check(number, "", name, dates[0], sex == "Nữ", dates[1], today);
    }

    private static CardReading Check(CitizenNumber number, string old, string name, string born, bool isWoman, string issued, DateOnly today)
    {
        if (number.PlaceName is null && number.Place < CardProvinces.FirstCountry) return Wrong(CardFault.Place, "ba số đầu không phải mã tỉnh", "the first three digits are no province");
        if (old.Length > 0 && !(old.Length is 9 or 12 && !old.AsSpan().ContainsAnyExceptInRange('0', '9'))) return Wrong(CardFault.OldNumber, "số CMND cũ phải có 9 hoặc 12 chữ số", "the old number must have 9 or 12 digits");
        if (name.Length is 0 or > 128) return Wrong(CardFault.Name, "thiếu họ tên", "the name is missing");
        if (!TryDate(born, out var birthDate) || birthDate < OldestBirth || birthDate > today) return Wrong(CardFault.BirthDate, "ngày sinh không có thật", "the date of birth is impossible");
        if (!TryDate(issued, out var issueDate) || issueDate < birthDate || issueDate > today) return Wrong(CardFault.IssueDate, "ngày cấp không có thật", "the date of issue is impossible");
        if (number.IsWoman != isWoman) return Wrong(CardFault.Sex, "giới tính không khớp số định danh", "the sex does not agree with the number");
        if (number.BirthYear != birthDate.Year) return Wrong(CardFault.BirthYear, "năm sinh không khớp số định danh", "the year of birth does not agree with the number");
        return new CitizenCard(number, birthDate, issueDate, ExpiryOf(birthDate, issueDate), number.Place >= CardProvinces.FirstCountry);
    }

    /// <summary>The birthday on which a card must be renewed, null after the last one (Luật Căn cước 26/2023/QH15, Article 21).</summary>
    internal static DateOnly? ExpiryOf(DateOnly birth, DateOnly issue)
    {
        foreach (var age in RenewalAges)
        {
            var birthday = birth.AddYears(age);
            if (issue < birthday.AddYears(-HoldsOverYears)) return birthday;
        }

        return null;
    }

    private static bool IsDateLike(string field) => field.Length == 8 && !field.AsSpan().ContainsAnyExceptInRange('0', '9');

    private static bool TryDate(string field, out DateOnly date) =>
        DateOnly.TryParseExact(field, "ddMMyyyy", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    // A lone surrogate cannot come from UTF-8, and Normalize would throw on it.
    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return !text.Contains('\uFFFD', StringComparison.Ordinal);
    }

    private static ImpossibleCard Wrong(CardFault fault, string vi, string en) => new(fault, new TwoLanguages(vi, en));
}
