using EdgeGateway.Sites;
using EdgeGateway.Sync.Commands;

namespace EdgeGateway.Remote;

/// <summary><c>set_occupancy</c>: the number of people present is corrected after a count by hand. The archive keeps who did it, when and by how much.</summary>
internal sealed class SetOccupancyHandler(SiteDesk site) : ICommandHandler<SetOccupancyRequest, SetOccupancyReply>
{
    public Task<CommandOutcome<SetOccupancyReply>> HandleAsync(SetOccupancyRequest request, CommandContext context, CancellationToken cancel) =>
        Task.FromResult<CommandOutcome<SetOccupancyReply>>(site.Set(request.Camera, request.Counter, request.Present, request.Officer) is { } before
            ? new SetOccupancyReply(request.Camera, request.Counter, before, request.Present)
            : CommandRefusal.Refused(
                CommandCode.NotFound, "Camera này không có bộ đếm qua vạch nào tên như vậy với occupancy: true.", "This camera has no counter of this name over a line with occupancy: true."));
}
