namespace EdgeGateway.Tests.Configuration;

/// <summary>The samples of the outer contract, word for word.</summary>
internal static class ContractSamples
{
    public const string Gateway = """
        # gateway.yaml: these three are enough, all else has defaults
        id: bien-cua-lo-01
        site: { id: bai-bien-cua-lo, name: Bãi biển Cửa Lò }     # aggregate: [gateway ids] on the one box that sums a site live
        mqtt: { url: "mqtts://ioc.example.vn:8883", username: bien-cua-lo-01, password: "${credential:mqtt}" }   # mqtt:// only to loopback, or with allowInsecure: true
        """;

    public const string Camera = """
        # cameras/cong-binh-minh.yaml
        id: cong-binh-minh
        name: Cổng Bình Minh
        source: { url: "rtsp://viewer:${CAM_BINH_MINH}@10.20.0.11/main", detectUrl: "rtsp://viewer:${CAM_BINH_MINH}@10.20.0.11/sub", transport: tcp, decoder: software }
                                     # rtsp | rtsps | file:///… (loop: true repeats it); detectUrl: an optional small stream, the main one then only for plates and evidence
        place: { text: Cổng Bình Minh, lat: 18.8206, lon: 105.7189 }
        analyseFps: 8
        lines:
          gate: { points: [[120, 420], [840, 410]], units: px, frame: [960, 540] }
          vach-dung: { points: [[0.1, 0.6], [0.9, 0.6]], units: fraction }
        zones:
          lan-phai: { points: [[0.5, 0.5], [0.9, 0.5], [1, 1], [0.5, 1]], units: fraction }
          via-he: { points: [[0, 0.5], [0.1, 0.5], [0.1, 1], [0, 1]], units: fraction }
        counting:
          - { id: visitors, line: gate, classes: [person], interval: 15m, occupancy: true, capacity: 800 }
        plates: { enabled: true, passages: hash }     # none | hash | text: what is published of vehicles that did nothing; pictures: false
        signals:                     # a light seen by the camera; or source: mqtt
          den-1: { source: picture, region: { points: [[540, 145], [570, 240]], units: px, frame: [960, 540] } }   # two corners around the lamps
        approval: { decision: "12/QĐ-UBND", certificate: "KĐ-2026-118", validUntil: 2027-06-30, unit: Công an phường, officer: "A-204" }
        rules:                       # mode: trial until it has earned live; hours, exempt and coolDown are optional everywhere
          - { id: den-do, rule: red_light, mode: live, line: vach-dung, direction: out, signal: den-1, classes: [motorcycle, car, bus, truck] }
          - { id: nguoc-chieu, rule: wrong_way, zone: lan-phai, allowed: [0, -1] }       # allowed direction of travel in the picture
          - { id: dung-do, rule: no_parking, zone: via-he, after: 60s, classes: [car, bus, truck], hours: "06:00-22:00" }
        """;
}
