using System.Collections.Frozen;

namespace EdgeGateway.Vision.Plates;

/// <summary>
/// The two digits that begin a civil plate. 81 are in use (80 local ones and 80, the Traffic Police Department); 13, 42, 44, 45,
/// 46, 87, 91, 96 and everything up to 10 never were. Since July 2025 a merged province owns all codes of its parts and the old
/// plates stay valid, so a code names where a plate was issued, not where its owner lives.
/// </summary>
public static class PlateProvinces
{
    private static readonly FrozenDictionary<int, string> Names = new Dictionary<int, string>
    {
        [11] = "Cao Bằng", [12] = "Lạng Sơn", [14] = "Quảng Ninh", [15] = "Hải Phòng", [16] = "Hải Phòng", [17] = "Hưng Yên", [18] = "Ninh Bình",
        [19] = "Phú Thọ", [20] = "Thái Nguyên", [21] = "Lào Cai", [22] = "Tuyên Quang", [23] = "Tuyên Quang", [24] = "Lào Cai", [25] = "Lai Châu",
        [26] = "Sơn La", [27] = "Điện Biên", [28] = "Phú Thọ", [29] = "Hà Nội", [30] = "Hà Nội", [31] = "Hà Nội", [32] = "Hà Nội", [33] = "Hà Nội",
        [34] = "Hải Phòng", [35] = "Ninh Bình", [36] = "Thanh Hóa", [37] = "Nghệ An", [38] = "Hà Tĩnh", [39] = "Đồng Nai", [40] = "Hà Nội",
        [41] = "TP. Hồ Chí Minh", [43] = "Đà Nẵng", [47] = "Đắk Lắk", [48] = "Lâm Đồng", [49] = "Lâm Đồng", [50] = "TP. Hồ Chí Minh",
        [51] = "TP. Hồ Chí Minh", [52] = "TP. Hồ Chí Minh", [53] = "TP. Hồ Chí Minh", [54] = "TP. Hồ Chí Minh", [55] = "TP. Hồ Chí Minh",
        [56] = "TP. Hồ Chí Minh", [57] = "TP. Hồ Chí Minh", [58] = "TP. Hồ Chí Minh", [59] = "TP. Hồ Chí Minh", [60] = "Đồng Nai",
        [61] = "TP. Hồ Chí Minh", [62] = "Tây Ninh", [63] = "Đồng Tháp", [64] = "Vĩnh Long", [65] = "Cần Thơ", [66] = "Đồng Tháp", [67] = "An Giang",
        [68] = "An Giang", [69] = "Cà Mau", [70] = "Tây Ninh", [71] = "Vĩnh Long", [72] = "TP. Hồ Chí Minh", [73] = "Quảng Trị", [74] = "Quảng Trị",
        [75] = "TP. Huế", [76] = "Quảng Ngãi", [77] = "Gia Lai", [78] = "Đắk Lắk", [79] = "Khánh Hòa", [80] = "Cục Cảnh sát giao thông",
        [81] = "Gia Lai", [82] = "Quảng Ngãi", [83] = "Cần Thơ", [84] = "Vĩnh Long", [85] = "Khánh Hòa", [86] = "Lâm Đồng", [88] = "Phú Thọ",
        [89] = "Hưng Yên", [90] = "Ninh Bình", [92] = "Đà Nẵng", [93] = "Đồng Nai", [94] = "Cà Mau", [95] = "Cần Thơ", [97] = "Thái Nguyên",
        [98] = "Bắc Ninh", [99] = "Bắc Ninh",
    }.ToFrozenDictionary();

    /// <summary>The codes in use, ascending.</summary>
    public static IReadOnlyList<int> Codes { get; } = [.. Names.Keys.Order()];

    /// <summary>The province (as named since 1 July 2025) that issued plates of this code, or null for a code never used.</summary>
    public static string? NameOf(int code) => Names.GetValueOrDefault(code);
}
