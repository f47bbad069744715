using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;

namespace EdgeGateway.Sync.Tests.Evidence;

public sealed class EvidenceUseTests
{
    private static readonly ApprovalFacts Approval = new("12/QĐ-UBND", "KĐ-2026-118", new DateOnly(2027, 6, 30));
    private static readonly EvidenceClock Clock = new("ntp", true, TimeSpan.FromMilliseconds(-900));
    private static readonly UseFacts Live = new(RuleMode.Live, false, false, false, false);

    [Fact]
    public void An_approved_camera_with_a_right_clock_may_be_reviewed()
    {
        Assert.Equal(EvidenceUse.Review, Of(Approval, Clock, Live).Use);
        Assert.Equal(EvidenceUse.Review, Of(Approval, Clock, Live with { IsSpeed = true, HasSpeedCertificate = true }).Use);
    }

    [Fact]
    public void Every_reason_against_the_use_is_named()
    {
        AssertNone("has no approval", Of(null, Clock, Live));
        AssertNone("names no decision", Of(Approval with { Decision = null }, Clock, Live));
        AssertNone("names no certificate", Of(Approval with { Certificate = " " }, Clock, Live));
        AssertNone("not synchronised", Of(Approval, Clock with { Synchronised = false }, Live));
        AssertNone("not synchronised", Of(Approval, Clock with { Offset = null }, Live));
        AssertNone("off by 1.5 s; 1 s are allowed", Of(Approval, Clock with { Offset = TimeSpan.FromSeconds(-1.5) }, Live));
        AssertNone("no verified speed meter", Of(Approval, Clock, Live with { IsSpeed = true }));
        AssertNone("third party", Of(Approval, Clock, Live with { IsIndicative = true }));
        AssertNone("covered, moved or blurred", Of(Approval, Clock, Live with { IsTampered = true }));
        AssertNone("on trial", Of(Approval, Clock, Live with { Mode = RuleMode.Trial }));
        Assert.Equal(3, Of(null, Clock with { Synchronised = false }, Live with { IsTampered = true }).Reasons.Count);
    }

    [Fact]
    public void An_approval_ends_with_its_last_day_in_Viet_Nam()
    {
        var lastMoment = new DateTimeOffset(2027, 6, 30, 23, 59, 59, TimeSpan.FromHours(7));
        Assert.Equal(EvidenceUse.Review, Of(Approval, Clock, Live, lastMoment).Use);
        AssertNone("ended on 2027-06-30", Of(Approval, Clock, Live, lastMoment.AddSeconds(1)));
    }

    private static UseDecision Of(ApprovalFacts? approval, EvidenceClock clock, UseFacts facts, DateTimeOffset? at = null) =>
        EvidenceUses.Of(approval, clock, facts, at ?? TestEvidence.Act, EvidenceUses.DefaultClockLimit, TestEvidence.VietNam);

    private static void AssertNone(string reason, UseDecision decision)
    {
        Assert.Equal(EvidenceUse.None, decision.Use);
        Assert.Contains(decision.Reasons, text => text.En.Contains(reason, StringComparison.Ordinal));
    }
}
