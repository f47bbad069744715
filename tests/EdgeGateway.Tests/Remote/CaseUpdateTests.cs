using EdgeGateway.Remote;
using EdgeGateway.Sync.Cases;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Events;
using CaseState = EdgeGateway.Sync.Commands.CaseState;
using State = EdgeGateway.Sync.Cases.CaseState;

namespace EdgeGateway.Tests.Remote;

/// <summary>What the operations centre reads of its <c>case_update</c>.</summary>
public sealed class CaseUpdateTests : IDisposable
{
    private const string Violation = "01K42N6QC0ZZZZZZZZZZZZZZZ1";
    private static readonly DateTimeOffset At = new(2026, 9, 1, 1, 2, 3, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("edgegateway-case-").FullName;
    private readonly CaseBook _cases;
    private int _request;

    public CaseUpdateTests()
    {
        _cases = new CaseBook(_folder, TimeProvider.System);
        _cases.Open(new NewCase(Violation, "red_light", "den-do", "nga-tu", RuleMode.Live, "RED_LIGHT", 0.9, At, EvidenceUse.None));
    }

    public void Dispose()
    {
        _cases.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_refusal_names_the_states_as_the_command_takes_them()
    {
        var refused = await TellAsync(CaseState.OwnerFound);
        Assert.Equal("Hồ sơ đang ở DETECTED nên không được chuyển sang OWNER_FOUND; bước tiếp theo: REVIEWED, CANCELLED.", refused.Reason!.Vi);
        Assert.Equal("A case that is DETECTED cannot become OWNER_FOUND; allowed: REVIEWED, CANCELLED.", refused.Reason.En);
    }

    [Fact]
    public async Task A_closed_case_is_said_to_be_closed()
    {
        await TellAsync(CaseState.Cancelled);
        Assert.Equal("Hồ sơ đã đóng (CANCELLED) nên không được chuyển sang REVIEWED.", (await TellAsync(CaseState.Reviewed)).Reason!.Vi);
    }

    [Fact]
    public async Task An_id_that_was_used_for_another_change_is_told_in_both_languages()
    {
        await TellAsync(CaseState.Reviewed, "a1");
        var refused = await TellAsync(CaseState.Forwarded, "a1");
        Assert.Equal("Mã (id) của lệnh này đã dùng cho một thay đổi khác; mỗi thay đổi cần một mã riêng.", refused.Reason!.Vi);
        Assert.Equal(State.Reviewed, _cases.Find(Violation)!.State);
    }

    [Fact]
    public async Task Whoever_moves_a_case_on_is_told_what_its_evidence_may_be_used_for() =>
        Assert.Equal(new CaseUpdateReply(Violation, CaseState.Detected, CaseState.Reviewed, EvidenceUse.None), (await TellAsync(CaseState.Reviewed)).Data);

    [Fact]
    public async Task A_request_that_comes_again_is_answered_with_where_the_case_stands_now()
    {
        await TellAsync(CaseState.Reviewed, "a1");
        await TellAsync(CaseState.Forwarded, "a2");
        Assert.Equal(new CaseUpdateReply(Violation, CaseState.Forwarded, CaseState.Forwarded, EvidenceUse.None), (await TellAsync(CaseState.Reviewed, "a1")).Data);
    }

    private Task<CommandOutcome<CaseUpdateReply>> TellAsync(CaseState state, string? id = null) =>
        new CaseUpdateHandler(() => _cases).HandleAsync(new CaseUpdateRequest(Violation, state, "A-204"), new CommandContext(id ?? $"r{++_request}", At, Signed: false), TestContext.Current.CancellationToken);
}
