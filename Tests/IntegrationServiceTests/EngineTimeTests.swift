import Domain
import JSON
import Testing

@testable import IntegrationService

/// When a signal was made, as far as its source says so in a way that can be read.
struct EngineTimeTests {
    private static let moment: Int64 = 1_795_363_200_000  // 2026-11-22T16:00:00Z, when the entry came

    private func read(_ fields: String) throws -> JSONValue {
        // Fresh is what is at most five minutes old and not of the future.
        try EngineSamples.decoded(fields, isStale: { Self.moment - $0 > 300_000 })
    }

    @Test(
        "a moment is read in every usual form",
        arguments: [
            #""2026-11-22T16:00:00Z""#, #""2026-11-22 16:00:00+00:00""#, #""2026-11-22T16:00:00""#,
            #""2026-11-22T17:00:00+0100""#, #""2026-11-22 16:00:00 UTC""#, #"" 2026-11-22T16:00:00.000z ""#,
            "1795363200", "1795363200.0", #""1795363200""#, "1795363200000", "1795363200000000",
            "1795363200000000000", "1.7953632e9",
        ])
    func forms(written: String) throws {
        let data = try self.read(#""timestamp":\#(written)"#)
        #expect(data["timestamp"]?.string == "2026-11-22T16:00:00.000Z" && data["stale"] == nil)
    }

    @Test(
        "a moment that is there and cannot be read is not now",
        arguments: [
            "45983.6", "20261128", "1", "-5", #""2026.11.22 16:00:00""#, #""yesterday""#, #""22/11/2026""#, "true",
            "{}", #""1970-01-01T00:00:00Z""#, #""0001-01-01T00:00:00""#,
        ])
    func unreadable(written: String) throws {
        let data = try self.read(#""timestamp":\#(written)"#)
        #expect(data["stale"]?.boolean == true)
        #expect(data["timestamp"]?.string == "2026-11-22T16:00:00.000Z", "when it came")
        #expect(data["engine_timestamp"]?.written == (try JSONValue(parsing: written.utf8)).written)
    }

    @Test("a moment of zero is not there", arguments: ["0", "0.0", #""0""#, #""""#, #""None""#, "null"])
    func absent(written: String) throws {
        let data = try self.read(#""timestamp":\#(written)"#)
        #expect(data["stale"] == nil && data["engine_timestamp"] == nil)
    }

    @Test(
        "a moment counts under its other usual names",
        arguments: ["time", "datetime", "created_at", "open_date", "generated_at"])
    func names(name: String) throws {
        let old = try self.read(#""timestamp":null,"\#(name)":"2026-11-22T10:00:00Z""#)
        #expect(old["timestamp"]?.string == "2026-11-22T10:00:00.000Z" && old["stale"]?.boolean == true)
        #expect(try self.read(#""timestamp":null,"\#(name)":"soon""#)["stale"]?.boolean == true)
        let unset = try self.read(#""timestamp":0,"\#(name)":"2026-11-22T10:00:00Z""#)
        #expect(unset["timestamp"]?.string == "2026-11-22T10:00:00.000Z" && unset["stale"]?.boolean == true)
    }

    @Test("what an unreadable end said is kept, and such a signal is not taken for one that still runs")
    func end() throws {
        let data = try self.read(#""expires_at":"in 4 h""#)
        #expect(data["engine_expires_at"]?.string == "in 4 h" && data["expires_at"] == nil)
        #expect(data["stale"]?.boolean == true)
        #expect(try self.read(#""expires_at":20261128"#)["engine_expires_at"]?.written == "20261128")
        #expect(try self.read(#""expires_at":0"#)["stale"] == nil)
    }

    @Test("a signal without a moment whose end has passed is an ended one, no contradiction")
    func ended() throws {
        let data = try self.read(#""timestamp":null,"expires_at":"2026-11-22T15:00:00Z""#)
        #expect(data["expires_at"]?.string == "2026-11-22T15:00:00.000Z")
    }

    @Test("the moment of a result is read by the same rules, or is not there", arguments: ["20261128", #""soon""#])
    func outcome(written: String) throws {
        #expect(try EngineSamples.outcome(#""outcome":"WIN","timestamp":\#(written)"#)["resolved_at"]?.isNull == true)
    }
}
