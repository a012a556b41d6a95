import Glibc

/// The process's own output, written unbuffered: nothing is lost when it is killed.
public enum Console {
    public enum Stream: Int32, Sendable {
        case standardOutput = 1
        case standardError = 2
    }

    /// One `write(2)` per call as long as the system takes it whole, so that lines of several threads do not mix.
    public static func write(_ text: String, to stream: Stream) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)[...]
            while !rest.isEmpty {
                let written = Glibc.write(
                    stream.rawValue, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written < 0 {
                    if errno == EINTR { continue }
                    return  // nobody reads: there is no better place to say so
                }
                rest = rest.dropFirst(written)
            }
        }
    }
}
