/// The kinds of values. Every error names key, value (unless secret), where it stood, and what is allowed.
extension SettingsReader {
    /// - Parameter default: `nil` makes the setting required.
    public mutating func string(
        _ key: String, default defaultValue: String? = nil, describe: String, fileKey: String? = nil
    ) throws(SettingsError) -> String {
        let setting = self.setting(key, "text", defaultValue, range: "", describe, fileKey)
        if let found = try self.find(setting) { return found.text }
        if let defaultValue { return defaultValue }
        if self.isDescribing { return "" }
        throw SettingsError(key, "is required: \(describe)")
    }

    public mutating func optionalString(
        _ key: String, describe: String, fileKey: String? = nil
    ) throws(SettingsError) -> String? {
        try self.find(self.setting(key, "text", nil, range: "", describe, fileKey))?.text
    }

    /// The path of a file that somebody else will read later: that it cannot be read is said at the start, and not when
    /// the first work fails.
    public mutating func readableFile(
        _ key: String, describe: String, fileKey: String? = nil
    ) throws(SettingsError) -> String? {
        guard let path = try self.optionalString(key, describe: describe, fileKey: fileKey) else { return nil }
        _ = try readWholeFile(path, key: key, limit: 16_777_216)
        return path
    }

    /// A value that must not be seen: from the environment, or better from the file that `KEY_FILE` names; never from
    /// the command line; never in an error.
    ///
    /// - Parameter minimumLength: In bytes.
    public mutating func secret(
        _ key: String, minimumLength: Int = 1, describe: String, fileKey: String? = nil
    ) throws(SettingsError) -> String? {
        let range = minimumLength > 1 ? "at least \(minimumLength) bytes" : ""
        let setting = self.setting(key, "secret", nil, range: range, describe, fileKey, isSecret: true)
        guard let found = try self.find(setting) else { return nil }
        guard found.text.utf8.count >= minimumLength else {
            throw SettingsError(key, "has \(found.text.utf8.count) bytes (\(found.source)), needs \(range)")
        }
        return found.text
    }

    /// - Parameter unit: What the number counts: `bytes`, `messages/min`.
    public mutating func integer(
        _ key: String, default defaultValue: Int, range: ClosedRange<Int>, unit: String = "", describe: String,
        fileKey: String? = nil
    ) throws(SettingsError) -> Int {
        let allowed = "\(range.lowerBound)–\(range.upperBound)" + (unit.isEmpty ? "" : " \(unit)")
        let setting = self.setting(key, "integer", String(defaultValue), range: allowed, describe, fileKey)
        guard let found = try self.find(setting) else { return defaultValue }
        guard let value = Int(found.text), range.contains(value) else {
            throw self.wrong(key, found, "expected a whole number of \(allowed)")
        }
        return value
    }

    /// `true`, `yes`, `on` and `1`, or `false`, `no`, `off` and `0`.
    public mutating func bool(
        _ key: String, default defaultValue: Bool, describe: String, fileKey: String? = nil
    ) throws(SettingsError) -> Bool {
        let setting = self.setting(key, "yes or no", defaultValue ? "yes" : "no", range: "", describe, fileKey)
        guard let found = try self.find(setting) else { return defaultValue }
        switch found.text.lowercased() {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default: throw self.wrong(key, found, "expected yes or no")
        }
    }

    /// A duration, written as a number of `unit`; decimals are allowed.
    public mutating func duration(
        _ key: String, default defaultValue: Duration, range: ClosedRange<Duration>, unit: SettingUnit = .seconds,
        describe: String, fileKey: String? = nil
    ) throws(SettingsError) -> Duration {
        let allowed = "\(unit.text(of: range.lowerBound))–\(unit.text(of: range.upperBound)) \(unit.rawValue)"
        let setting = self.setting(
            key, unit.rawValue, unit.text(of: defaultValue), range: allowed, describe, fileKey)
        guard let found = try self.find(setting) else { return defaultValue }
        guard let number = Double(found.text), number.isFinite, abs(number) < 1e9,
            found.text.utf8.allSatisfy(isDecimal),
            case let value = unit.length * number, range.contains(value)
        else { throw self.wrong(key, found, "expected \(allowed)") }
        return value
    }

    /// Values with commas between them, or a JSON list in the file. Blanks around a value do not count, nor do empty ones.
    public mutating func list(
        _ key: String, default defaultValue: [String] = [], describe: String, fileKey: String? = nil
    ) throws(SettingsError) -> [String] {
        let setting = self.setting(
            key, "list", defaultValue.joined(separator: ","), range: "", describe, fileKey)
        guard let found = try self.find(setting) else { return defaultValue }
        let parts = found.texts.count == 1 ? found.text.split(separator: ",").map(String.init) : found.texts
        return parts.map { $0.drop(while: \.isWhitespace) }
            .map { part in
                var part = part
                while part.last?.isWhitespace == true { part.removeLast() }
                return String(part)
            }
            .filter { !$0.isEmpty }
    }

    /// - Parameter schemes: Without `://`: `redis`, `rediss`. For `unix` and `sqlite` a colon is enough.
    public mutating func url(
        _ key: String, default defaultValue: String, schemes: [String], describe: String, fileKey: String? = nil
    ) throws(SettingsError) -> String {
        let allowed = schemes.map { "\($0):" }.joined(separator: " ")
        let setting = self.setting(key, "URL", defaultValue, range: allowed, describe, fileKey)
        guard let found = try self.find(setting) else { return defaultValue }
        guard let colon = found.text.firstIndex(of: ":"), schemes.contains(String(found.text[..<colon])),
            !found.text.contains(where: { $0.isWhitespace || $0.isNewline })
        else {
            // Not the value: a URL may hold a password. Its beginning holds none.
            let scheme = found.text.firstIndex(of: ":").map { found.text[...$0] } ?? ""
            let isScheme = scheme.count > 1 && scheme.dropLast().allSatisfy { $0.isASCII && ($0.isLetter || $0 == "+") }
            throw SettingsError(
                key,
                "\(isScheme ? "'\(scheme)…' " : "")is not a URL that begins with \(allowed) (\(found.source))")
        }
        return found.text
    }

    /// One of the raw values of an enum.
    public mutating func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
        _ key: String, default defaultValue: Choice, describe: String, fileKey: String? = nil
    ) throws(SettingsError) -> Choice where Choice.RawValue == String {
        let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        let setting = self.setting(key, "choice", defaultValue.rawValue, range: allowed, describe, fileKey)
        guard let found = try self.find(setting) else { return defaultValue }
        guard let value = Choice(rawValue: found.text) else {
            throw self.wrong(key, found, "expected one of \(allowed)")
        }
        return value
    }

    private func setting(
        _ key: String, _ type: String, _ defaultText: String?, range: String, _ description: String,
        _ fileKey: String?, isSecret: Bool = false
    ) -> Setting {
        Setting(
            key: key, type: type, defaultText: defaultText, range: range, description: description,
            fileKey: fileKey ?? key, isSecret: isSecret)
    }

    private func wrong(_ key: String, _ found: Found, _ expectation: String) -> SettingsError {
        SettingsError(key, "'\(found.text.prefix(80))' (\(found.source)): \(expectation)")
    }
}

/// `Double(_:)` also reads `0x10`, `1e3`, `inf`: nobody means those in a setting.
private func isDecimal(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
}
