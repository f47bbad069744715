using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

/// <summary>What a person reads of a camera that does not come, in both languages.</summary>
public sealed class FailureWordsTests
{
    private static readonly CaptureOptions Camera = new() { CameraId = "cong", Url = SecretUrl.Parse("rtsp://viewer:hunter-zwei@10.20.0.11/main"), Decoder = "vaapi" };
    private static readonly CaptureOptions Film = Camera with { Url = SecretUrl.Parse("/phim/a.mp4") };

    [Fact]
    public void Every_cause_is_told_in_both_languages_and_each_in_words_of_its_own()
    {
        string[] said =
        [
            "method DESCRIBE failed: 401 Unauthorized", "404 Not Found", "461 Unsupported transport", "Connection refused", "No route to host", "Failed to resolve hostname", "[tls @ 0x1] [error] broken",
            "matches no streams", "Could not find codec parameters", "Unsupported codec", "Device creation failed", "5XX Server Error reply", "Connection timed out", "Invalid data found", "some other words", "",
        ];
        Failure[] failures =
        [
            .. said.Select(line => Failure.From(Camera, [line], sawPictures: false)), Failure.From(Camera, [], sawPictures: true),
            .. new[] { "No such file or directory", "Permission denied", "matches no streams", "moov atom not found", "Invalid data found", "some other words", "" }.Select(line => Failure.From(Film, [line], sawPictures: false)),
            Failure.Silent(Camera, sawPictures: true, TimeSpan.FromSeconds(3.5)), Failure.Silent(Camera, sawPictures: false, TimeSpan.FromSeconds(15)), Failure.Behind(TimeSpan.FromSeconds(2.5)),
            Failure.CutOff("/phim/a.mp4", ["File ended prematurely"])!, Failure.Size((960, 540), (640, 360)), Failure.SizeChanged((960, 540)), Failure.TooLarge(8192, 4400), Failure.OtherPixels(),
            Failure.Unforeseen(new InvalidDataException("Not exactly one stream.")), Failure.NotInstalled(new FileNotFoundException("ffmpeg is not installed: apt-get install ffmpeg.")),
            Failure.Untrusted(new InvalidOperationException("The certificate is not trusted.")), Failure.Unreachable(Camera, new IOException("It cannot be reached.")),
        ];
        Assert.All(failures, failure => Assert.Matches("[ạảãàáâậầấẩẫăắằặẳẵóòọõỏôộổỗồốơờớợởỡéèẻẹẽêếềệểễúùụủũưựữửừứíìịỉĩýỳỷỵỹđ]", failure.ReasonVi));
        Assert.All(failures, failure => Assert.EndsWith(failure.ReasonVi[^1] == '?' ? "?" : ".", failure.ReasonVi, StringComparison.Ordinal));
        Assert.All(failures, failure => Assert.DoesNotContain("hunter-zwei", failure.Reason + failure.ReasonVi, StringComparison.Ordinal));
        Assert.Equal(failures.Select(failure => failure.Reason).Distinct(StringComparer.Ordinal).Count(), failures.Select(failure => failure.ReasonVi).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void What_another_program_said_is_quoted_as_such_and_numbers_are_written_as_in_Vietnamese()
    {
        Assert.Equal("10.20.0.11:554 không gửi hình. Thông báo gốc: “odd words”.", Failure.From(Camera, ["[rtsp @ 0x55] [error] odd words"], sawPictures: false).ReasonVi);
        Assert.Equal("10.20.0.11:554 không gửi hình trong 3,5 giây. Đang kết nối lại.", Failure.Silent(Camera, sawPictures: true, TimeSpan.FromSeconds(3.5)).ReasonVi);
    }
}
