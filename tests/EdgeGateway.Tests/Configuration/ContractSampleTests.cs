using EdgeGateway.Configuration;
using EdgeGateway.Vision;

namespace EdgeGateway.Tests.Configuration;

public sealed class ContractSampleTests
{
    [Fact]
    public void The_samples_of_the_contract_are_taken_word_for_word()
    {
        using var folder = Samples();
        var result = folder.Load();
        Assert.Empty(result.Mistakes);
        Assert.Equal("bien-cua-lo-01", result.Gateway!.Id);
        Assert.Equal("Bãi biển Cửa Lò", result.Gateway.Site.Name);
        Assert.Equal(("ioc.example.vn", 8883, true), (result.Gateway.Mqtt.Host, result.Gateway.Mqtt.Port, result.Gateway.Mqtt.UsesTls));
        Assert.Equal("bi-mat-mqtt", result.Gateway.Mqtt.Password!.Open());
    }

    [Fact]
    public void Every_value_of_the_camera_sample_arrives()
    {
        using var folder = Samples();
        var camera = Assert.Single(folder.Load().Cameras);
        Assert.Equal("rtsp://viewer:mat-khau-camera@10.20.0.11/main", camera.Source.Url.Open());
        Assert.Equal("rtsp://viewer:***@10.20.0.11/sub", camera.Source.DetectUrl!.ToString());
        Assert.Equal(SourceTransport.Tcp, camera.Source.Transport);
        Assert.Equal(new PlaceConfig { Text = "Cổng Bình Minh", Lat = 18.8206, Lon = 105.7189 }, camera.Place);
        Assert.Equal(["gate", "vach-dung"], camera.Lines.Select(line => line.Id));
        Assert.Equal(["lan-phai", "via-he"], camera.Zones.Select(zone => zone.Id));
        var counter = Assert.Single(camera.Counters);
        Assert.Equal(("visitors", "gate", TimeSpan.FromMinutes(15), true, (int?)800), (counter.Id, counter.Line, counter.Interval, counter.Occupancy, counter.Capacity));
        Assert.Equal((true, PassageDetail.Hash, false), (camera.Plates.Enabled, camera.Plates.Passages, camera.Plates.Pictures));
        Assert.Equal(new DateOnly(2027, 6, 30), camera.Config.Approval!.ValidUntil);
        var red = Assert.IsType<SignalRule>(camera.Rules[0]);
        Assert.Equal((RuleMode.Live, "vach-dung", LineDirection.Out, "den-1"), (red.Mode, red.Line, red.Direction, red.Signal));
        Assert.Equal([ObjectClass.Motorcycle, ObjectClass.Car, ObjectClass.Bus, ObjectClass.Truck], red.Classes);
        Assert.Equal(new PairConfig(0, -1), Assert.IsType<WrongWayRule>(camera.Rules[1]).Allowed);
        var parking = Assert.IsType<StandingRule>(camera.Rules[2]);
        Assert.Equal((TimeSpan.FromSeconds(60), RuleMode.Trial, "06:00-22:00"), (parking.After, parking.Mode, parking.Hours!.ToString()));
    }

    [Fact]
    public void Lines_and_zones_come_in_pixels_of_the_analysed_frame()
    {
        using var folder = Samples();
        var camera = Assert.Single(folder.Load().Cameras);
        Assert.Equal(new DirectedLine("gate", new PointPx(240, 840), new PointPx(1680, 820)), camera.LinesFor(1920, 1080)[0]);
        Assert.Equal([new PointPx(320, 180), new PointPx(576, 180), new PointPx(640, 360), new PointPx(320, 360)], camera.ZonesFor(640, 360)[0].Points);
    }

    [Fact]
    public void Without_its_secrets_in_reach_the_sample_passes_with_warnings_and_a_running_gateway_refuses_it()
    {
        using var folder = new TestFolder(ContractSamples.Gateway).Write("cameras/cong-binh-minh.yaml", ContractSamples.Camera).With("CAM_BINH_MINH", "");
        Assert.Empty(folder.Load(requireSecrets: false).Mistakes);
        Assert.Equal(
            [
                "cameras/cong-binh-minh.yaml:4:16: the environment variable CAM_BINH_MINH is not set; set it in secrets.env, the service's EnvironmentFile",
                "cameras/cong-binh-minh.yaml:4:77: the environment variable CAM_BINH_MINH is not set; set it in secrets.env, the service's EnvironmentFile",
                "gateway.yaml:4:81: the credential 'mqtt' is not in reach: the program was not started by systemd (CREDENTIALS_DIRECTORY is not set)",
            ],
            folder.Load().Mistakes.Select(mistake => mistake.ToString()));
    }

    private static TestFolder Samples()
    {
        var folder = new TestFolder(ContractSamples.Gateway).Write("cameras/cong-binh-minh.yaml", ContractSamples.Camera);
        folder.Write("mqtt", "bi-mat-mqtt\n");
        return folder.With("CREDENTIALS_DIRECTORY", folder.FolderPath);
    }
}
