import Foundation
import TestSupport
import Testing

@testable import ServiceRuntime

struct SettingsReaderTests {
    private enum Colour: String, CaseIterable {
        case red, green
    }

    /// Writes `text` to a file of its own and hands out its path.
    private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
        let folder = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/value"
        try Data(text.utf8).write(to: URL(filePath: path))
        try body(path)
    }

    @Test("flag, environment, file, default: the first that has it counts")
    func precedence() throws {
        try self.withFile(#"{"chat_features":{"rate_limit_messages_per_minute":7},"CHAT_LIMIT":6}"#) { (path) throws in
            func limit(_ arguments: [String], _ environment: [String: String]) throws -> Int {
                var settings = try SettingsReader(arguments: arguments, environment: environment)
                let limit = try settings.integer(
                    "CHAT_LIMIT", default: 30, range: 0...100, describe: "",
                    fileKey: "chat_features.rate_limit_messages_per_minute")
                try settings.refuseUnknownFlags()
                return limit
            }
            let file = ["CONFIG_FILE": path]
            #expect(try limit(["--chat-limit", "9"], file.merging(["CHAT_LIMIT": "8"]) { $1 }) == 9)
            #expect(try limit(["--chat-limit=9"], [:]) == 9)
            #expect(try limit([], file.merging(["CHAT_LIMIT": "8"]) { $1 }) == 8)
            #expect(try limit([], file.merging(["CHAT_LIMIT": ""]) { $1 }) == 7)
            #expect(try limit(["--config-file", path], [:]) == 7)
            #expect(try limit([], [:]) == 30)
        }
    }

    @Test(
        "an integer out of its range is refused with key, value, source and range",
        arguments: ["-1", "101", "x", "1.5", "0x1", " 1"])
    func range(text: String) throws {
        var settings = try SettingsReader(environment: ["CHAT_LIMIT": text])
        let error = #expect(throws: SettingsError.self) {
            try settings.integer("CHAT_LIMIT", default: 30, range: 0...100, unit: "messages/min", describe: "")
        }
        #expect(
            error?.description
                == "CHAT_LIMIT: '\(text)' (environment): expected a whole number of 0–100 messages/min")
    }

    @Test("durations are read in their unit and checked", arguments: [("30", 30.0), ("0.5", 0.5), ("3600", 3_600)])
    func duration(text: String, seconds: Double) throws {
        var settings = try SettingsReader(environment: ["WAIT": text])
        let wait = try settings.duration(
            "WAIT", default: .seconds(1), range: .milliseconds(100)...(.seconds(3_600)), describe: "")
        #expect(wait == .seconds(seconds))
    }

    @Test("a duration that is none is refused", arguments: ["", "x", "1e3", "inf", "nan", "-1", "0x10", "3601", "1 s"])
    func badDuration(text: String) throws {
        var settings = try SettingsReader(arguments: ["--wait", text.isEmpty ? "-" : text], environment: [:])
        let error = #expect(throws: SettingsError.self) {
            try settings.duration("WAIT", default: .seconds(1), range: .zero...(.seconds(3_600)), describe: "")
        }
        #expect(error?.problem.contains("expected 0–3600 seconds") == true)
    }

    @Test("yes and no have the usual spellings")
    func bool() throws {
        for (text, expected) in [("1", true), ("YES", true), ("on", true), ("0", false), ("False", false)] {
            var settings = try SettingsReader(environment: ["DEMO_MODE": text])
            #expect(try settings.bool("DEMO_MODE", default: !expected, describe: "") == expected)
        }
        var bare = try SettingsReader(arguments: ["--demo-mode"], environment: [:])
        #expect(try bare.bool("DEMO_MODE", default: false, describe: ""))
        var wrong = try SettingsReader(environment: ["DEMO_MODE": "maybe"])
        #expect(throws: SettingsError.self) { try wrong.bool("DEMO_MODE", default: false, describe: "") }
    }

    @Test("lists come with commas or as JSON")
    func lists() throws {
        var plain = try SettingsReader(environment: ["ORIGINS": " a, b ,,c"])
        #expect(try plain.list("ORIGINS", describe: "") == ["a", "b", "c"])
        try self.withFile(#"{"ORIGINS":["a","b,c"]}"#) { path in
            var settings = try SettingsReader(environment: ["CONFIG_FILE": path])
            #expect(try settings.list("ORIGINS", describe: "") == ["a", "b,c"])
        }
    }

    @Test("a secret is read from the file that KEY_FILE names, without its last line break")
    func secretFile() throws {
        try self.withFile("s3cret \n\r\n") { path in
            var settings = try SettingsReader(environment: ["CHAT_SECRET_KEY_FILE": path])
            #expect(try settings.secret("CHAT_SECRET_KEY", describe: "") == "s3cret ")
            var twice = try SettingsReader(environment: ["CHAT_SECRET_KEY_FILE": path, "CHAT_SECRET_KEY": "other"])
            #expect(throws: SettingsError.self) { try twice.secret("CHAT_SECRET_KEY", describe: "") }
        }
        var missing = try SettingsReader(environment: ["CHAT_SECRET_KEY_FILE": "/nowhere/x"])
        let error = #expect(throws: SettingsError.self) { try missing.secret("CHAT_SECRET_KEY", describe: "") }
        #expect(error?.description == "CHAT_SECRET_KEY_FILE: file /nowhere/x does not exist")
        var none = try SettingsReader(environment: [:])
        #expect(try none.secret("CHAT_SECRET_KEY", describe: "") == nil)
    }

    @Test("a secret is never in an error and never on the command line")
    func secretErrors() throws {
        var short = try SettingsReader(environment: ["CHAT_SECRET_KEY": "hunter2"])
        let error = #expect(throws: SettingsError.self) {
            try short.secret("CHAT_SECRET_KEY", minimumLength: 32, describe: "")
        }
        #expect(error?.description.contains("hunter2") == false)
        var flag = try SettingsReader(arguments: ["--chat-secret-key", "hunter2"], environment: [:])
        let refusal = #expect(throws: SettingsError.self) { try flag.secret("CHAT_SECRET_KEY", describe: "") }
        #expect(refusal?.description.contains("hunter2") == false)
        var url = try SettingsReader(environment: ["REDIS_URL": "http://user:hunter2@x"])
        let wrong = #expect(throws: SettingsError.self) {
            try url.url("REDIS_URL", default: "redis://localhost", schemes: ["redis", "unix"], describe: "")
        }
        #expect(wrong?.description.contains("hunter2") == false)
    }

    @Test("unknown flags, stray words and repeated flags are refused by name")
    func commandLine() throws {
        var settings = try SettingsReader(arguments: ["--redis-ulr", "x"], environment: [:])
        _ = try settings.string("REDIS_URL", default: "", describe: "")
        let error = #expect(throws: SettingsError.self) { try settings.refuseUnknownFlags() }
        #expect(error?.description == "command line: unknown flag --redis-ulr; --help lists them")
        #expect(throws: SettingsError.self) { try SettingsReader(arguments: ["serve"], environment: [:]) }
        #expect(throws: SettingsError.self) { try SettingsReader(arguments: ["-x"], environment: [:]) }
        #expect(throws: SettingsError.self) { try SettingsReader(arguments: ["--a=1", "--a=2"], environment: [:]) }
    }

    @Test("a required text that is missing, and a choice that is none, are refused")
    func required() throws {
        var settings = try SettingsReader(environment: ["COLOUR": "blue"])
        #expect(throws: SettingsError("NAME", "is required: Who.")) { try settings.string("NAME", describe: "Who.") }
        #expect(throws: SettingsError("COLOUR", "'blue' (environment): expected one of red, green")) {
            try settings.choice("COLOUR", default: Colour.red, describe: "")
        }
        var right = try SettingsReader(environment: ["COLOUR": "green"])
        #expect(try right.choice("COLOUR", default: Colour.red, describe: "") == .green)
    }

    @Test(
        "a configuration file that is missing, broken, or of another shape is refused",
        arguments: ["", "{", "[1]", "7"])
    func files(text: String) throws {
        try self.withFile(text) { path in
            #expect(throws: SettingsError.self) { try SettingsReader(environment: ["CONFIG_FILE": path]) }
        }
        #expect(throws: SettingsError("CONFIG_FILE", "file /nowhere/x does not exist")) {
            try SettingsReader(environment: ["CONFIG_FILE": "/nowhere/x"])
        }
    }

    @Test("an object where a value should be is refused; null is nothing")
    func shapes() throws {
        try self.withFile(#"{"A":{"b":1},"N":null}"#) { path in
            var settings = try SettingsReader(environment: ["CONFIG_FILE": path])
            #expect(throws: SettingsError.self) { try settings.string("A", default: "", describe: "") }
            #expect(try settings.string("N", default: "default", describe: "") == "default")
        }
    }

    @Test("what the file holds and nobody asks for is found, misspelt or another service's")
    func unread() throws {
        try self.withFile(#"{"redis":{"url":"a","urk":"b"},"LIMIT":1,"LIMTI":2,"list":[1]}"#) { path in
            var settings = try SettingsReader(environment: ["CONFIG_FILE": path])
            #expect(try settings.string("REDIS_URL", describe: "", fileKey: "redis.url") == "a")
            _ = try settings.integer("LIMIT", default: 3, range: 0...9, describe: "", fileKey: "limits.all")
            _ = try settings.list("LIST", describe: "", fileKey: "list")
            #expect(settings.unreadFileKeys == ["LIMTI", "redis.urk"])
        }
        #expect(try SettingsReader(environment: [:]).unreadFileKeys.isEmpty)
    }

    @Test("a file that is read later is looked for at the start")
    func laterFile() throws {
        try self.withFile("PEM") { path in
            var settings = try SettingsReader(environment: ["CA": path, "GONE": "/nowhere/x"])
            #expect(try settings.readableFile("CA", describe: "") == path)
            #expect(try settings.readableFile("UNSET", describe: "") == nil)
            #expect(throws: SettingsError("GONE", "file /nowhere/x does not exist")) {
                try settings.readableFile("GONE", describe: "")
            }
        }
    }

    @Test("a URL of another kind is refused by key, kind and what is allowed, and shows no password")
    func otherURL() throws {
        var settings = try SettingsReader(environment: ["A": "postgres://u:secret@h/d", "B": "secret word"])
        #expect(
            throws: SettingsError("A", "'postgres:…' is not a URL that begins with sqlite: (environment)")
        ) { try settings.url("A", default: "", schemes: ["sqlite"], describe: "") }
        #expect(throws: SettingsError("B", "is not a URL that begins with sqlite: (environment)")) {
            try settings.url("B", default: "", schemes: ["sqlite"], describe: "")
        }
    }

    @Test("each setting is remembered once, with what describes it")
    func described() throws {
        var settings = try SettingsReader(environment: [:])
        for _ in 0..<2 {
            _ = try settings.duration(
                "DEDUPE_SECONDS", default: .seconds(86_400), range: .seconds(60)...(.seconds(604_800)),
                describe: "How long.",
                fileKey: "chat.dedupe")
        }
        let setting = try #require(settings.settings.last)
        #expect(settings.settings.count == 2)
        #expect(
            setting
                == Setting(
                    key: "DEDUPE_SECONDS", type: "seconds", defaultText: "86400", range: "60–604800 seconds",
                    description: "How long.", fileKey: "chat.dedupe", isSecret: false))
        #expect(setting.flag == "--dedupe-seconds")
    }
}
