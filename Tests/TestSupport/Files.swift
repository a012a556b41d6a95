public import Foundation

/// Files that two languages share, found beside the tests' sources.
public enum Fixture {
    /// The file below `Tests/Fixtures`.
    ///
    /// - Parameter path: Such as `v1/new_message.json`.
    public static func url(_ path: String, file: String = #filePath) -> URL {
        URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures").appending(path: path)
    }

    /// The bytes of a file below `Tests/Fixtures`.
    public static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: self.url(path)))
    }

    /// The folder of the whole project.
    public static var root: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }
}

/// Makes an empty directory of the test's own. Short, because a unix socket's path has 107 bytes at most.
///
/// It is removed when the test process ends, unless the environment has `KEEP_TEST_FILES`.
public func temporaryDirectory() throws -> String {
    var template = Array("/tmp/sc-XXXXXX".utf8CString)
    return try template.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress, let path = mkdtemp(base) else { throw CocoaError(.fileWriteUnknown) }
        let directory = String(cString: path)
        if getenv("KEEP_TEST_FILES") == nil { Watchdog.shared.add(directory: directory) }
        return directory
    }
}
