/** A photo of the server's as a page gets it from a drop. @param {string} url @returns {Promise<File>} */
export async function photo(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const blob = await response.blob();
  return new File([blob], url.split('/').at(-1) ?? '', { type: blob.type });
}
