/// Why a cryptographic operation did not happen. None of them says anything about a secret.
public enum CryptographyError: Error, Equatable, Sendable {
    /// A key has a length the algorithm does not know.
    case invalidKeyLength(Int)
    /// A nonce of AES-GCM is 12 bytes here.
    case invalidNonceLength(Int)
    /// More than 2³¹−1 bytes at once, or more output than the algorithm can give.
    case lengthOutOfRange(Int)
    /// Key, nonce, tag, text or authenticated data are not those of the sealing; or the text was cut.
    case authenticationFailed
    /// The operating system gave no randomness.
    case randomnessUnavailable
    /// OpenSSL refused; for example an algorithm that the host's policy forbids.
    case libraryFailure(String)
}
