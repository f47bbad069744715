using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;

namespace EdgeGateway.Health;

/// <summary>Tells what is wrong with lists of plates while they are in use: an alert that follows each change of a file and is cleared when all rows are right.</summary>
/// <param name="key">The alert's.</param>
/// <param name="whose">What they are, in both languages: "The lists of rule x".</param>
/// <param name="lists">The lists.</param>
/// <param name="alerts">Null where nobody is told.</param>
/// <param name="origin">The camera; null for the site.</param>
internal sealed class ListAlert(string key, TwoLanguages whose, WatchLists lists, AlertBook? alerts, EventOrigin? origin = null)
{
    private const int ProblemsTold = 5;

    private object? _told;

    /// <summary>Looks for a change; once a second.</summary>
    public void Look()
    {
        var problems = lists.Problems;
        if (ReferenceEquals(problems, _told)) return;
        _told = problems;
        if (problems.Count == 0)
        {
            alerts?.Clear(key);
            return;
        }

        var more = problems.Count > ProblemsTold ? $" (+{problems.Count - ProblemsTold})" : "";
        var vi = string.Join("; ", problems.Take(ProblemsTold).Select(problem => problem.Line == 0 ? $"{problem.File}: {problem.Reason.Vi}" : $"{problem.File} dòng {problem.Line}: {problem.Reason.Vi}"));
        var en = string.Join("; ", problems.Take(ProblemsTold).Select(problem => problem.Line == 0 ? $"{problem.File}: {problem.Reason.En}" : $"{problem.File}:{problem.Line}: {problem.Reason.En}"));
        alerts?.Raise(key, AlertKind.Config, AlertSeverity.Warning, new TwoLanguages(
            $"{whose.Vi} có chỗ sai, phần còn lại vẫn dùng: {vi}{more}. Xem tất cả: edgegateway validate", $"{whose.En} hold what cannot be used, the rest is in force: {en}{more}"), origin);
    }
}
