using System.Device.Gpio;
using System.Net;
using System.Net.Sockets;
using EdgeGateway.Sync.Entry;
using EdgeGateway.Testing;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Sync.Tests.Entry;

/// <summary>Relays over real HTTP, and over pins: a tree of files where the kernel simulates none.</summary>
public sealed class OpenerTests
{
    [Fact]
    public async Task A_relay_is_asked_once_with_its_account()
    {
        await using var relay = new RelayServer();
        await using var opener = Open(relay, options => options with { Username = "cong", Password = () => "mật khẩu" });
        await opener.OpenAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["GET /relay/0?turn=on&timer=1 cong:mật khẩu"], relay.Heard);
        await opener.HoldAsync(open: true, TestContext.Current.CancellationToken);
        await opener.HoldAsync(open: false, TestContext.Current.CancellationToken);
        Assert.Equal(["/hold", "/release"], relay.Heard.Skip(1).Select(line => line.Split(' ')[1]));
    }

    [Theory, InlineData("GET"), InlineData("POST")]
    public async Task A_relay_that_takes_the_request_and_hangs_up_is_asked_once(string method)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var heard = 0;
        using var over = new CancellationTokenSource();
        var serving = Task.Run(async () =>
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(over.Token);
                using var reader = new StreamReader(client.GetStream());
                while (await reader.ReadLineAsync(over.Token) is { Length: > 0 })
                {
                }

                heard++;
            }
        });
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using (var opener = new HttpRelay(new HttpRelayOptions { Open = new Uri($"http://127.0.0.1:{port}/relay/0?turn=on"), Method = new HttpMethod(method) }, TimeProvider.System))
        {
            var fault = await Assert.ThrowsAsync<GateFaultException>(() => opener.OpenAsync(TestContext.Current.CancellationToken));
            Assert.Contains("may have arrived", fault.Message, StringComparison.Ordinal);
        }

        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving);
        Assert.Equal(1, heard);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(302)]
    [InlineData(500)]
    public async Task A_relay_that_refuses_is_a_fault_with_its_answer(int status)
    {
        await using var relay = new RelayServer { Status = status };
        await using var opener = Open(relay);
        var fault = await Assert.ThrowsAsync<GateFaultException>(() => opener.OpenAsync(TestContext.Current.CancellationToken));
        Assert.Contains($"answers {status}", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith($" trả lời {status}", CauseInVietnamese.Of(fault), StringComparison.Ordinal);
        Assert.DoesNotContain("turn=on", fault.Message, StringComparison.Ordinal); // the address may hold a key
        Assert.Single(relay.Heard);
    }

    [Fact]
    public async Task A_relay_that_is_silent_is_asked_once_and_given_up_in_time()
    {
        await using var relay = new RelayServer { IsSilent = true };
        var time = new FakeTimeProvider();
        await using var opener = Open(relay, options => options with { Timeout = TimeSpan.FromMinutes(3) }, time);
        var opening = opener.OpenAsync(TestContext.Current.CancellationToken);
        await Wait.Until("the relay has heard it", () => !relay.Heard.IsEmpty, TimeSpan.FromSeconds(60));
        time.Advance(TimeSpan.FromMinutes(3) - TimeSpan.FromTicks(1));
        Assert.False(opening.IsCompleted);
        time.Advance(TimeSpan.FromTicks(1));
        var fault = await Assert.ThrowsAsync<GateFaultException>(() => opening);
        Assert.Contains("no answer within 180 s", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith("không trả lời trong 180 giây", fault.Told.Vi, StringComparison.Ordinal);
        Assert.Single(relay.Heard); // it may have pulled: a second request could let a second vehicle in
    }

    [Fact]
    public async Task A_relay_that_is_off_is_a_fault_and_works_when_it_is_back()
    {
        var port = Mosquitto.FreePort();
        await using var opener = new HttpRelay(new HttpRelayOptions { Open = new Uri($"http://127.0.0.1:{port}/open"), Timeout = TimeSpan.FromMinutes(1) }, TimeProvider.System);
        var fault = await Assert.ThrowsAsync<GateFaultException>(() => opener.OpenAsync(TestContext.Current.CancellationToken));
        Assert.Contains("cannot be reached", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith("không tới được: không kết nối được: máy ở đầu kia từ chối kết nối", CauseInVietnamese.Of(fault), StringComparison.Ordinal);
        await using var relay = new RelayServer(port);
        await opener.OpenAsync(TestContext.Current.CancellationToken);
        Assert.Single(relay.Heard);
    }

    [Theory]
    [InlineData(false, "0 1 0")]
    [InlineData(true, "1 0 1")]
    public async Task A_pin_is_pulled_for_one_pulse_and_rests_before_and_after(bool activeLow, string written)
    {
        using var pins = new FilePins();
        var time = new FakeTimeProvider();
        await using var opener = new GpioRelay(new GpioRelayOptions(0, 17) { ActiveLow = activeLow, Pulse = TimeSpan.FromSeconds(50) }, () => new GpioController(pins), time);
        var opening = opener.OpenAsync(TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(49));
        Assert.Equal(written[..3], pins.WrittenTo(17));
        time.Advance(TimeSpan.FromSeconds(1));
        await opening;
        Assert.Equal(written, pins.WrittenTo(17));
    }

    [Fact]
    public async Task A_held_pin_stays_pulled_through_an_opening()
    {
        using var pins = new FilePins();
        await using var opener = new GpioRelay(new GpioRelayOptions(0, 17) { Pulse = TimeSpan.FromMilliseconds(1) }, () => new GpioController(pins), TimeProvider.System);
        await opener.HoldAsync(open: true, TestContext.Current.CancellationToken);
        await opener.OpenAsync(TestContext.Current.CancellationToken);
        Assert.Equal("0 1", pins.WrittenTo(17));
        await opener.HoldAsync(open: false, TestContext.Current.CancellationToken);
        Assert.Equal("0 1 0", pins.WrittenTo(17));
    }

    [Fact]
    public async Task A_chip_that_is_not_there_is_a_fault_with_its_name()
    {
        await using var opener = new GpioRelay(new GpioRelayOptions(63, 17), TimeProvider.System);
        var fault = await Assert.ThrowsAsync<GateFaultException>(() => opener.OpenAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith("line 17 of /dev/gpiochip63 cannot be set: ", fault.Message, StringComparison.Ordinal);
        // Which of the two depends on the machine; neither is the library's own page of words, and the Vietnamese holds no English.
        Assert.Matches("(there is no such device|libgpiod is not installed \\(Debian: apt-get install libgpiod2\\))$", fault.Message);
        Assert.Matches("^không điều khiển được chân 17 của /dev/gpiochip63: (không có thiết bị này|chưa cài libgpiod \\(Debian: apt-get install libgpiod2\\))$", CauseInVietnamese.Of(fault));
    }

    private static HttpRelay Open(RelayServer relay, Func<HttpRelayOptions, HttpRelayOptions>? change = null, TimeProvider? time = null) => new((change ?? (options => options))(new HttpRelayOptions
    {
        Open = new Uri(relay.Url, "relay/0?turn=on&timer=1"), Hold = new Uri(relay.Url, "hold"), Release = new Uri(relay.Url, "release"),
    }), time ?? TimeProvider.System);

    /// <summary>Pins as files, one a line, each written value behind the one before.</summary>
    private sealed class FilePins : GpioDriver
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("gpio-").FullName;

        protected override int PinCount => 64;

        public string WrittenTo(int pin) => string.Join(' ', File.ReadAllLines(PathOf(pin)));

        protected override void OpenPin(int pinNumber)
        {
        }

        protected override void ClosePin(int pinNumber)
        {
        }

        protected override void SetPinMode(int pinNumber, PinMode mode)
        {
        }

        protected override void SetPinMode(int pinNumber, PinMode mode, PinValue initialValue) => Write(pinNumber, initialValue);

        protected override PinMode GetPinMode(int pinNumber) => PinMode.Output;

        protected override bool IsPinModeSupported(int pinNumber, PinMode mode) => true;

        protected override PinValue Read(int pinNumber) => File.ReadLines(PathOf(pinNumber)).Last() == "1" ? PinValue.High : PinValue.Low;

        protected override void Write(int pinNumber, PinValue value) => File.AppendAllText(PathOf(pinNumber), value == PinValue.High ? "1\n" : "0\n");

        protected override WaitForEventResult WaitForEvent(int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) => throw new NotSupportedException();

        protected override void AddCallbackForPinValueChangedEvent(int pinNumber, PinEventTypes eventTypes, PinChangeEventHandler callback) => throw new NotSupportedException();

        protected override void RemoveCallbackForPinValueChangedEvent(int pinNumber, PinChangeEventHandler callback) => throw new NotSupportedException();

        private string PathOf(int pin) => Path.Combine(_folder, $"line{pin}");
    }
}
