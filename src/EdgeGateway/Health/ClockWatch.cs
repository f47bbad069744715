using EdgeGateway.Sync;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Health;

/// <summary>
/// Tells when the clock has followed no time server for a while; events say so themselves from the first second. Looked at once a second, on one thread.
/// </summary>
/// <param name="time">Paces the patience; its own steps do not matter.</param>
/// <param name="look">The clock's state.</param>
/// <param name="raise">Raises the alert.</param>
/// <param name="clear">Clears it.</param>
internal sealed class ClockWatch(TimeProvider time, Func<ClockView> look, Action<TwoLanguages> raise, Action clear)
{
    /// <summary>A box that starts waits that long for its first answer from a server.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private long? _since;
    private bool? _isRaised; // null: not known, the last run may have raised it

    public void Tick()
    {
        if (look().Source != "unsynchronised")
        {
            _since = null;
            if (_isRaised != false) clear();
            _isRaised = false;
            return;
        }

        _since ??= time.GetTimestamp();
        if (_isRaised == true || time.GetElapsedTime(_since.Value) < Patience) return;
        _isRaised = true;
        raise(new TwoLanguages(
            "Đồng hồ không theo máy chủ giờ nào: sự kiện ghi clock=unsynchronised, chứng cứ chỉ dùng để thống kê. Kiểm tra mạng và systemd-timesyncd.",
            "The clock follows no time server: events say clock=unsynchronised, and evidence is for statistics only. Check the network and systemd-timesyncd."));
    }
}
