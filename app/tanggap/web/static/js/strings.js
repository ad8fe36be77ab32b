// The words that scripts show; the server writes them in the reader's language.

export const strings = JSON.parse(document.getElementById("strings").textContent);
export const language = document.documentElement.lang;
