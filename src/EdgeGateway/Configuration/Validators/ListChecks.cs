using EdgeGateway.Configuration.Binding;
using EdgeGateway.Sync.Registration;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Configuration.Validators;

/// <summary>Looks at lists of plates that files name: one that cannot be read warns nobody, and its gate knows nobody.</summary>
/// <param name="folder">The configuration folder, from which relative paths start.</param>
/// <param name="readsRows">True: each list is read whole and its bad rows are told; for <c>validate</c>.</param>
/// <param name="columns">The lists' own column names by ours.</param>
internal sealed class ListChecks(string folder, bool readsRows, IReadOnlyDictionary<string, string> columns)
{
    private const int RowsTold = 5;

    /// <summary>The path of a list that a file names.</summary>
    public static string PathOf(string folder, string list) => Path.GetFullPath(Path.Combine(folder, list));

    /// <summary>Warns of a list that cannot be read, and on demand of its bad rows.</summary>
    /// <param name="place">Where it is named.</param>
    /// <param name="mistakes">Takes the warnings.</param>
    /// <param name="list">Its path as the file writes it.</param>
    /// <param name="whose">Who reads it, in words: "the list 'x' of 'y'".</param>
    /// <param name="then">What follows while it cannot be read.</param>
    /// <param name="known">As in <see cref="WatchLists"/>.</param>
    public void Check(Place place, MistakeList mistakes, string list, string whose, string then, IReadOnlyList<string>? known = null)
    {
        var path = PathOf(folder, list);
        if (NamedFile.FaultOf(path) is { } fault)
        {
            mistakes.Warn(place, $"{whose} {fault} ({path}): {then}");
            return;
        }

        if (!readsRows) return;
        using var read = new WatchLists([path], TimeProvider.System, NullLogger.Instance, known: known, columns: columns);
        foreach (var problem in read.Problems.Take(RowsTold)) mistakes.Warn(place, problem.Line == 0 ? $"{whose} cannot be used: {problem.Reason.En}" : $"{whose}, row in line {problem.Line} is left out: {problem.Reason.En}");
        if (read.Problems.Count > RowsTold) mistakes.Warn(place, $"{whose}: {read.Problems.Count - RowsTold} further rows are left out");
    }
}
