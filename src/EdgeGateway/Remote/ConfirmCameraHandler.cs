using EdgeGateway.Sync.Commands;

namespace EdgeGateway.Remote;

/// <summary><c>confirm_camera</c>: a person has looked and the view is right; the present picture becomes the reference and rules go on.</summary>
/// <param name="confirm">Confirms a camera's view; false when it does not run or its view is not watched.</param>
/// <param name="time">The clock.</param>
internal sealed class ConfirmCameraHandler(Func<string, bool> confirm, TimeProvider time) : ICommandHandler<ConfirmCameraRequest, ConfirmCameraReply>
{
    public Task<CommandOutcome<ConfirmCameraReply>> HandleAsync(ConfirmCameraRequest request, CommandContext context, CancellationToken cancel) =>
        Task.FromResult<CommandOutcome<ConfirmCameraReply>>(confirm(request.Camera)
            ? new ConfirmCameraReply(request.Camera, time.GetUtcNow())
            : CommandRefusal.Refused(CommandCode.NotFound, "Camera này không chạy hoặc không được theo dõi góc nhìn.", "No such camera runs, or its view is not watched."));
}
