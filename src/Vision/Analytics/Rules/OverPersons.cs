namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>Too many people on a motorcycle, by a third party's model. Always indicative: a child may be allowed.</summary>
/// <param name="model">Limits of the looks.</param>
/// <param name="paths">Where tracks were.</param>
/// <param name="look">The model.</param>
public sealed class OverPersons(RiderModel model, TrackPaths paths, IRiderLook look) : RiderRule(model, paths, look)
{
    /// <summary>The driver and one passenger are allowed; the code counts passengers.</summary>
    private protected override int ActOf(in RidersSeen seen) => seen.Persons switch { < 3 => -1, 3 => 0, _ => 1 };

    private protected override (string Code, Said Reason) Describe(int act) => act == 0
        ? (ActCodes.OverPersons2, new Said("Xe máy có vẻ chở 2 người (chỉ để tham khảo; trẻ em dưới 12 tuổi được miễn).", "A motorcycle seems to carry two passengers (indicative; a child under 12 is exempt)."))
        : (ActCodes.OverPersons3, new Said("Xe máy có vẻ chở từ 3 người trở lên (chỉ để tham khảo).", "A motorcycle seems to carry three passengers or more (indicative)."));
}
