import FoundationEssentials

/// The JSON file that `CONFIG_FILE` names, in the seed's shape: objects in an object.
struct SettingsFile: Sendable {
    let path: String
    private let root: Tree

    /// - Throws: ``SettingsError`` when the file cannot be read or is not a JSON object.
    init(path: String) throws(SettingsError) {
        let bytes = try readWholeFile(path, key: "CONFIG_FILE", limit: 1_048_576)
        do {
            self.root = try JSONDecoder().decode(Tree.self, from: Data(bytes))
        } catch {
            throw SettingsError("CONFIG_FILE", "\(path) is not valid JSON")
        }
        guard case .object = self.root else {
            throw SettingsError("CONFIG_FILE", "\(path) does not hold a JSON object")
        }
        self.path = path
    }

    /// The value at `fileKey` (dots between the levels), or else under `key` at the top.
    func value(fileKey: String?, key: String) throws(SettingsError) -> [String]? {
        var found = self.root.member(key)
        if let fileKey {
            var node: Tree? = self.root
            for name in fileKey.split(separator: ".") { node = node?.member(String(name)) }
            found = node ?? found
        }
        guard let found, found != .null else { return nil }
        guard let texts = found.texts else {
            throw SettingsError(key, "'\(fileKey ?? key)' in \(self.path) is not a single value or a list of values")
        }
        return texts
    }

    /// Where the values are, in the form of a `fileKey`, sorted.
    var paths: [String] { self.root.paths(below: "").sorted() }

    private indirect enum Tree: Decodable, Equatable {
        case null
        case boolean(Bool)
        case integer(Int)
        case number(Double)
        case text(String)
        case list([Tree])
        case object([String: Tree])

        init(from decoder: any Decoder) throws {
            if let values = try? decoder.singleValueContainer().decode([String: Tree].self) {
                self = .object(values)
                return
            }
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                self = .null
            } else if let boolean = try? value.decode(Bool.self) {
                self = .boolean(boolean)
            } else if let integer = try? value.decode(Int.self) {
                self = .integer(integer)
            } else if let number = try? value.decode(Double.self) {
                self = .number(number)
            } else if let text = try? value.decode(String.self) {
                self = .text(text)
            } else {
                self = .list(try value.decode([Tree].self))
            }
        }

        func member(_ name: String) -> Tree? {
            if case .object(let members) = self { members[name] } else { nil }
        }

        func paths(below path: String) -> [String] {
            guard case .object(let members) = self else { return [path] }
            return members.flatMap { name, value in value.paths(below: path.isEmpty ? name : "\(path).\(name)") }
        }

        /// The value as it would be written in the environment; a list has several.
        var texts: [String]? {
            switch self {
            case .null, .object: return nil
            case .boolean(let boolean): return [boolean ? "true" : "false"]
            case .integer(let integer): return [String(integer)]
            case .number(let number): return [String(number)]
            case .text(let text): return [text]
            case .list(let elements):
                let texts = elements.compactMap { element -> String? in
                    if case .list = element { return nil }
                    return element.texts?.first
                }
                return texts.count == elements.count ? texts : nil
            }
        }
    }
}

/// - Throws: ``SettingsError`` that names `key` and the path when the file cannot be read or is longer than `limit`.
func readWholeFile(_ path: String, key: String, limit: Int) throws(SettingsError) -> [UInt8] {
    let data: Data
    do {
        data = try Data(contentsOf: URL(filePath: path))
    } catch {
        let reason = FileManager.default.fileExists(atPath: path) ? "cannot be read" : "does not exist"
        throw SettingsError(key, "file \(path) \(reason)")
    }
    guard data.count <= limit else { throw SettingsError(key, "file \(path) is longer than \(limit) bytes") }
    return Array(data)
}
