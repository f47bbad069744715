namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>Riding without a helmet, by a third party's model. Always indicative; a strap cannot be seen.</summary>
/// <param name="model">Limits of the looks.</param>
/// <param name="paths">Where tracks were.</param>
/// <param name="look">The model.</param>
public sealed class Helmet(RiderModel model, TrackPaths paths, IRiderLook look) : RiderRule(model, paths, look)
{
    private protected override int ActOf(in RidersSeen seen) => seen.IsDriverBare ? 0 : seen.IsPassengerBare ? 1 : -1;

    private protected override (string Code, Said Reason) Describe(int act) => act == 0
        ? (ActCodes.NoHelmetDriver, new Said("Người điều khiển xe máy có vẻ không đội mũ bảo hiểm (chỉ để tham khảo).", "The driver of a motorcycle seems to wear no helmet (indicative)."))
        : (ActCodes.NoHelmetPassenger, new Said("Người ngồi sau xe máy có vẻ không đội mũ bảo hiểm (chỉ để tham khảo; trẻ em dưới 6 tuổi được miễn).", "A passenger of a motorcycle seems to wear no helmet (indicative; children under 6 are exempt)."));
}
