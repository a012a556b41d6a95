import FoundationEssentials
import WorkQueue

/// Knows whether our group was ever made in the engine's stream. Only then may a missing group mean that Redis lost it,
/// and is made again from the beginning of the stream. Kept in a file, because what must tell that Redis was emptied
/// cannot be in Redis.
struct FirstStart: Sendable {
    let file: String

    init(dataDirectory: String) { self.file = dataDirectory + "/integration/signals-group" }

    /// To be asked when the group is made, not before: this process may have stood by while another made it.
    func start(atFirst start: StreamReader.Start) -> StreamReader.Start {
        FileManager.default.fileExists(atPath: self.file) ? .beginning : start
    }

    /// To be called once the group exists.
    func remember() throws {
        let directory = URL(filePath: self.file).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Data("made\n".utf8).write(to: URL(filePath: self.file), options: .atomic)
    }
}
