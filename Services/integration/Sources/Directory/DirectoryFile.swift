import Directory
import Domain
import FoundationEssentials

/// The directory's backup: a JSON object per line, as `squadctl users import` takes it.
struct DirectoryFile: Sendable {
    /// What the file holds.
    struct Content: Sendable {
        var users: [UserID: DirectoryUser] = [:]
        /// Lines that are no user, as they were found: a person may have made a slip, and they are kept for that person.
        var unreadable: [Data] = []

        /// Takes up `users`; of two versions of one user the newer stays, and nobody is dropped.
        mutating func merge(_ users: some Sequence<DirectoryUser>) {
            for user in users where self.users[user.userID].map({ $0.version < user.version }) ?? true {
                self.users[user.userID] = user
            }
        }
    }

    let url: URL

    init(dataDirectory: String) {
        self.url = URL(filePath: dataDirectory + "/integration/directory.jsonl")
    }

    /// - Throws: When there is a file that cannot be read. No file is an empty one.
    func read() throws -> Content {
        guard FileManager.default.fileExists(atPath: self.url.path) else { return Content() }
        var content = Content()
        for line in try Data(contentsOf: self.url).split(separator: UInt8(ascii: "\n")) {
            if let user = try? DirectoryRecord(json: line).user(defaultVersion: 0) {
                content.merge([user])
            } else {
                content.unreadable.append(Data(line))
            }
        }
        return content
    }

    /// Replaces the file as a whole.
    func write(_ content: Content) throws {
        var bytes = Data()
        for user in content.users.values.sorted(by: { $0.userID.rawValue < $1.userID.rawValue }) {
            bytes.append(contentsOf: DirectoryRecord.json(of: user))
            bytes.append(UInt8(ascii: "\n"))
        }
        for line in content.unreadable {
            bytes.append(line)
            bytes.append(UInt8(ascii: "\n"))
        }
        try FileManager.default.createDirectory(
            at: self.url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try bytes.write(to: self.url, options: .atomic)
    }
}
