import Domain
import Foundation
import Testing

struct TimestampTests {
    @Test(
        "known moments are written and read the same",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (1_795_342_023_123, "2026-11-22T10:07:03.123Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
        ])
    func known(milliseconds: Int, text: String) {
        #expect(Timestamp(milliseconds: Int64(milliseconds)).rfc3339 == text)
        #expect(Timestamp(rfc3339: text)?.milliseconds == Int64(milliseconds))
    }

    @Test("every eleventh day of 800 years, and every day around 2000, goes there and back")
    func days() {
        let days = Array(stride(from: Int64(-146_097), to: 146_097, by: 11)) + Array(10_500..<12_000)
        for day in days {
            let moment = Timestamp(milliseconds: day * 86_400_000 + 43_200_001)
            guard Timestamp(rfc3339: moment.rfc3339) != moment else { continue }
            Issue.record("\(moment.milliseconds) became \(moment.rfc3339)")
            return
        }
    }

    @Test("Foundation writes the same")
    func foundation() {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for index in 0..<1_000 {
            let milliseconds = Int64(index) * 7_654_321_987 - 2_000_000_000_000
            let date = Date(timeIntervalSince1970: Double(milliseconds / 1_000))
            let whole = Timestamp(milliseconds: milliseconds / 1_000 * 1_000)
            #expect(whole.rfc3339 == date.formatted(style))
        }
    }

    @Test(
        "offsets, fractions and case are those of RFC 3339",
        arguments: [
            ("2026-11-22T10:07:03Z", 1_795_342_023_000), ("2026-11-22t10:07:03z", 1_795_342_023_000),
            ("2026-11-22T12:07:03.5+02:00", 1_795_342_023_500), ("2026-11-22T04:37:03.123456-05:30", 1_795_342_023_123),
            ("2026-11-22T10:07:03.999999999Z", 1_795_342_023_999), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
            ("2026-11-22T00:07:03-00:00", 1_795_306_023_000),
        ])
    func variants(text: String, milliseconds: Int) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == Int64(milliseconds))
    }

    @Test(
        "what is no timestamp is refused",
        arguments: [
            "", "now", "2026-11-22", "2026-11-22T10:07:03", "2026-11-22 10:07:03Z", "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
            "2026-11-22T24:00:00Z", "2026-11-22T10:60:00Z", "2026-11-22T10:07:61Z", "2026-11-22T10:07:03.Z",
            "2026-11-22T10:07:03+0200", "2026-11-22T10:07:03+24:00", "2026-11-22T10:07:03ZZ", "26-11-22T10:07:03Z",
            " 2026-11-22T10:07:03Z", "+026-11-22T10:07:03Z", "2026-11-22T10:07:03.١Z",
            "2026-11-22T10:07:03." + String(repeating: "0", count: 100) + "Z",
        ])
    func refused(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test("moments that RFC 3339 cannot write become the nearest it can")
    func beyond() {
        #expect(Timestamp(milliseconds: .max).rfc3339 == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: .min).rfc3339 == "0000-01-01T00:00:00.000Z")
    }

    @Test("JSON holds text; a number of milliseconds is read too")
    func coding() throws {
        let moment = Timestamp(milliseconds: 1_795_342_023_123)
        let json = try JSONEncoder().encode([moment])
        #expect(String(decoding: json, as: UTF8.self) == "[\"2026-11-22T10:07:03.123Z\"]")
        #expect(try JSONDecoder().decode([Timestamp].self, from: Data("[1795342023123]".utf8)) == [moment])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Timestamp].self, from: Data("[\"x\"]".utf8)) }
    }

    @Test("arithmetic is in whole milliseconds")
    func arithmetic() {
        let moment = Timestamp(milliseconds: 1_000)
        #expect(moment.advanced(by: .milliseconds(1_500)).milliseconds == 2_500)
        #expect(moment.advanced(by: .milliseconds(-1_500)).milliseconds == -500)
        #expect(moment.advanced(by: .seconds(2)).since(moment) == .seconds(2))
    }
}
