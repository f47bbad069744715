namespace EdgeGateway.Sync.Identity;

/// <summary>
/// The 12-digit number of a citizen: PPP place of birth registration, G century and sex, YY year of birth, six random digits, no check
/// digit (Circular 59/2021/TT-BCA, Article 4). Prints masked; the digits are opened in one place only.
/// </summary>
public readonly record struct CitizenNumber
{
    public const int Length = 12;

    private readonly string _digits;

    private CitizenNumber(string digits) => _digits = digits;

    /// <summary>Code of the province (or country) where the birth was registered.</summary>
    public int Place => Number(0, 3);

    /// <summary>The year of birth that the number states.</summary>
    public int BirthYear => 1900 + 100 * (Number(3, 1) / 2) + Number(4, 2);

    /// <summary>True for a woman: an odd fourth digit.</summary>
    public bool IsWoman => Number(3, 1) % 2 == 1;

    /// <summary>The place in words; null for a code that no province has.</summary>
    public string? PlaceName => CardProvinces.NameOf(Place);

    /// <summary>Reads twelve digits; false for anything else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out CitizenNumber number)
    {
        number = default;
        if (text.Length != Length || text.ContainsAnyExceptInRange('0', '9')) return false;
        number = new CitizenNumber(text.ToString());
        return true;
    }

    /// <summary>The digits themselves: for the keyed hash and for the official verification, nowhere else.</summary>
    internal string Reveal() => _digits;

    /// <summary>As logs may show it: <c>040*******45</c>.</summary>
    public override string ToString() => IdentityMask.Of(_digits);

    private int Number(int start, int length) => int.Parse(_digits.AsSpan(start, length), System.Globalization.CultureInfo.InvariantCulture);
}
