import JSON
import NIOCore
import Redis

@testable import IntegrationService

/// Entries as sources write them: a sound signal, with some fields in another way.
enum EngineSamples {
    static func signal(_ fields: String = "") -> String {
        let sound: [(String, String)] = [
            ("signal_id", #""S1""#), ("symbol", #""EURUSD""#), ("direction", #""BUY""#), ("confidence", "80"),
            ("entry_price", "1.1"), ("timestamp", #""2026-11-22T16:00:00Z""#),
        ]
        let missing = sound.filter { !fields.contains("\"\($0.0)\"") }.map { "\"\($0.0)\":\($0.1)" }
        return "{" + (missing + (fields.isEmpty ? [] : [fields])).joined(separator: ",") + "}"
    }

    static func entry(_ json: String) -> StreamEntry { SignalDecoderTests.entry([("event", json)]) }

    static func decoded(_ fields: String, isStale: (_ issuedAt: Int64) -> Bool = { _ in false }) throws -> JSONValue {
        let answer = try SignalDecoder.decode(Self.entry(Self.signal(fields))) {
            isStale($0.issuedAt.milliseconds)
        }
        guard case .signal(let decoded) = answer else { throw EngineRefusal("skipped") }
        return try JSONValue(parsing: decoded.json)
    }

    static func outcome(_ fields: String) throws -> JSONValue {
        let named = fields.contains("signal_id") ? fields : #""signal_id":"S1",\#(fields)"#
        return try JSONValue(parsing: OutcomeDecoder.decode(Self.entry("{\(named)}")).json)
    }

    /// Why it is refused; nil when it is taken.
    static func refusal(_ fields: String) -> String? {
        do { _ = try Self.decoded(fields) } catch { return (error as? EngineRefusal)?.reason ?? "\(error)" }
        return nil
    }
}

extension JSONValue {
    /// Its digits, or its text.
    var written: String { self.string ?? String(decoding: self.bytes, as: UTF8.self) }
}
