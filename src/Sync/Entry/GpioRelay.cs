using System.Device.Gpio;
using System.Device.Gpio.Drivers;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Entry;

/// <summary>A relay on a pin of this machine.</summary>
/// <param name="Chip">Number of the chip: 0 for /dev/gpiochip0.</param>
/// <param name="Line">Number of the line on it.</param>
public sealed record GpioRelayOptions(int Chip, int Line)
{
    /// <summary>The relay pulls when the line is low, as on most relay boards with optocouplers.</summary>
    public bool ActiveLow { get; init; }

    /// <summary>How long the relay is pulled for one opening.</summary>
    public TimeSpan Pulse { get; init; } = TimeSpan.FromMilliseconds(500);
}

/// <summary>Opens by a pulse on a pin, through libgpiod (Debian package libgpiod2 or libgpiod3). The line is taken at the first use and tried again after a fault.</summary>
public sealed class GpioRelay : IGateOpener
{
    private readonly GpioRelayOptions _options;
    private readonly Func<GpioController> _open;
    private readonly TimeProvider _time;
    private GpioController? _controller;
    private bool _isHeld;

    public GpioRelay(GpioRelayOptions options, TimeProvider time) : this(options, () => new GpioController(new LibGpiodDriver(options.Chip)), time)
    {
    }

    /// <param name="options">Which line, and how.</param>
    /// <param name="controller">Opens the chip; called anew after a fault.</param>
    /// <param name="time">The clock of the pulse.</param>
    public GpioRelay(GpioRelayOptions options, Func<GpioController> controller, TimeProvider time) => (_options, _open, _time) = (options, controller, time);

    public async Task OpenAsync(CancellationToken cancel)
    {
        if (_isHeld) return;
        Set(pulled: true);
        // The pulse ends in its time whoever gives up waiting: a pulled relay is an open gate.
        try { await Task.Delay(_options.Pulse, _time, CancellationToken.None); }
        finally { Set(pulled: false); }
    }

    public Task HoldAsync(bool open, CancellationToken cancel)
    {
        Set(open);
        _isHeld = open;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _controller?.Dispose();
        return ValueTask.CompletedTask;
    }

    private PinValue ValueOf(bool pulled) => pulled != _options.ActiveLow ? PinValue.High : PinValue.Low;

    private string Chip => $"/dev/gpiochip{_options.Chip}";

    // What an installer can do about it, where that is known; the library's own words else.
    private TwoLanguages Why(Exception fault) => fault switch
    {
        PlatformNotSupportedException or DllNotFoundException => new TwoLanguages("chưa cài libgpiod (Debian: apt-get install libgpiod2)", "libgpiod is not installed (Debian: apt-get install libgpiod2)"),
        _ when !File.Exists(Chip) => new TwoLanguages("không có thiết bị này", "there is no such device"),
        _ => new TwoLanguages(CauseInVietnamese.Of(fault), fault.Message),
    };

    private void Set(bool pulled)
    {
        try
        {
            if (_controller is not { } controller)
            {
                controller = _open();
                // Taken at rest: asking for the line must not open the gate.
                controller.OpenPin(_options.Line, PinMode.Output, ValueOf(pulled: false));
                _controller = controller;
            }

            controller.Write(_options.Line, ValueOf(pulled));
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _controller?.Dispose();
            _controller = null;
            var why = Why(fault);
            throw new GateFaultException(new TwoLanguages($"không điều khiển được chân {_options.Line} của {Chip}: {why.Vi}", $"line {_options.Line} of {Chip} cannot be set: {why.En}"), fault);
        }
    }
}
