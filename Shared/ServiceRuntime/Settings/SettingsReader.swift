import FoundationEssentials

/// Reads settings, each from the first place that has it: flag, environment, `CONFIG_FILE`, default.
///
/// - A key `REDIS_URL` is the flag `--redis-url`, the variable `REDIS_URL`, and in the file the member `fileKey` names
///   (or `REDIS_URL` at the top).
/// - `REDIS_URL_FILE` (variable or flag) names a file that holds the value: for secrets. Giving both is an error.
/// - An empty value counts as not given.
/// - Each reading is remembered, so that `--help` can print them all and unknown flags can be refused.
public struct SettingsReader: Sendable {
    /// What has been asked for so far, in that order.
    public private(set) var settings: [Setting] = []

    private let flags: CommandLineFlags
    private let environment: [String: String]
    private var file: SettingsFile?
    private var knownFlags: Set<String> = []
    /// Only what could be set is of interest, not what is: nothing is missing or wrong.
    let isDescribing: Bool

    /// - Parameters:
    ///   - arguments: Without the program's name.
    ///   - environment: All variables; those that no setting asks for are of no interest.
    /// - Throws: ``SettingsError`` when the command line is malformed or `CONFIG_FILE` cannot be read.
    public init(arguments: [String] = [], environment: [String: String]) throws(SettingsError) {
        try self.init(arguments: arguments, environment: environment, isDescribing: false)
    }

    init(arguments: [String], environment: [String: String], isDescribing: Bool) throws(SettingsError) {
        self.flags = try CommandLineFlags(arguments)
        self.environment = environment
        self.isDescribing = isDescribing
        let path = try self.optionalString(
            "CONFIG_FILE", describe: "JSON file with settings, in the shape of the original's configuration.")
        if let path { self.file = try SettingsFile(path: path) }
    }

    /// Where a value was found, and what it is.
    struct Found {
        let texts: [String]
        let source: String
        /// `texts` as one: a list that was written as one text stays as it was.
        var text: String { self.texts.joined(separator: ",") }
    }

    /// Remembers the setting and finds its value.
    mutating func find(_ setting: Setting) throws(SettingsError) -> Found? {
        if !self.settings.contains(where: { $0.key == setting.key }) { self.settings.append(setting) }
        let flag = String(setting.flag.dropFirst(2))
        self.knownFlags.formUnion([flag, flag + "-file"])
        guard !self.isDescribing else { return nil }

        if let found = try self.given(
            direct: self.flags.values[flag], path: self.flags.values[flag + "-file"], setting.key,
            source: "command line")
        {
            if setting.isSecret, self.flags.values[flag] != nil {
                throw SettingsError(
                    setting.key, "a secret on the command line is visible to everybody; use \(setting.key)_FILE")
            }
            return found
        }
        if let found = try self.given(
            direct: self.environment[setting.key], path: self.environment[setting.key + "_FILE"], setting.key,
            source: "environment")
        {
            return found
        }
        guard let file = self.file, let texts = try file.value(fileKey: setting.fileKey, key: setting.key),
            texts != [""]
        else { return nil }
        return Found(texts: texts, source: file.path)
    }

    /// What stands in `CONFIG_FILE` and nobody has asked for: misspelt, or meant for another service. Call after all
    /// settings are read.
    var unreadFileKeys: [String] {
        let known = Set(self.settings.flatMap { [$0.key, $0.fileKey] })
        return (self.file?.paths ?? []).filter { !known.contains($0) }
    }

    /// A value given directly, or by the path of a file that holds it.
    private func given(
        direct: String?, path: String?, _ key: String, source: String
    ) throws(SettingsError) -> Found? {
        let direct = direct.flatMap { $0.isEmpty ? nil : $0 }
        let path = path.flatMap { $0.isEmpty ? nil : $0 }
        if let direct {
            guard path == nil else { throw SettingsError(key, "\(key) and \(key)_FILE are both given (\(source))") }
            return Found(texts: [direct], source: source)
        }
        guard let path else { return nil }
        let bytes = try readWholeFile(path, key: key + "_FILE", limit: 65_536)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SettingsError(key + "_FILE", "file \(path) is not UTF-8 text")
        }
        let trimmed = text.trimmingSuffix { $0.isNewline }
        guard !trimmed.isEmpty else { throw SettingsError(key + "_FILE", "file \(path) is empty") }
        return Found(texts: [String(trimmed)], source: "file \(path)")
    }

    /// Call after all settings are read.
    ///
    /// - Throws: ``SettingsError`` that names the first flag nobody asked for.
    public func refuseUnknownFlags() throws(SettingsError) {
        let unknown = self.flags.values.keys.filter { !self.knownFlags.contains($0) }.sorted()
        if let first = unknown.first {
            throw SettingsError("command line", "unknown flag --\(first); --help lists them")
        }
    }
}

extension String {
    /// The text without the characters at its end for which `isUnwanted` holds.
    fileprivate func trimmingSuffix(while isUnwanted: (Character) -> Bool) -> Substring {
        var rest = self[...]
        while let last = rest.last, isUnwanted(last) { rest.removeLast() }
        return rest
    }
}
