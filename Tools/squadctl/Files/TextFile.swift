import FoundationEssentials

/// Reading what an operator names.
enum TextFile {
    /// - Parameter path: `-` is standard input.
    static func read(_ path: String) throws -> [UInt8] {
        guard path != "-" else {
            var bytes: [UInt8] = []
            while let line = readLine(strippingNewline: false) { bytes += line.utf8 }
            return bytes
        }
        do { return Array(try Data(contentsOf: URL(filePath: path))) } catch {
            throw Failure("\(path) cannot be read: \(error)")
        }
    }
}
