using EdgeGateway.Configuration;
using EdgeGateway.Sync;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Cameras;

internal sealed class CountBook(CameraModel camera, TimeZoneInfo zone, CameraEvents events, Delivery? store)
{
    public void Add(LineCrossed crossing) { _ = (camera, zone, events, store); }

    public void Saw(FrameTime time) { }

    public void Advance(DateTimeOffset now) { }

    public void Close(FrameTime last) { }
}
